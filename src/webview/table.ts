// The page of a table. It shows what it is told and asks for rows when they come into sight.
import type { Copied, FromTable, Place, ToTable } from '../core/table/tableMessages.ts';
import type { Cell } from '../core/table/tableSource.ts';
import { rowsText } from '../core/table/rowsText.ts';
import { TableGrid } from './tableGrid.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromTable): void };

type State = Extract<ToTable, { type: 'state' }>;

const FIND_WAIT_MS = 150;
const vscode = acquireVsCodeApi();
const say = (message: FromTable): void => vscode.postMessage(message);

/** An element of the page, which always has it. */
function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
}

const button = (id: string): HTMLButtonElement => element(id) as HTMLButtonElement;
const needle = element('needle') as HTMLInputElement;
const waiting = new Map<number, PromiseWithResolvers<readonly (readonly Cell[])[]>>();
let requests = 0;
let state: State | undefined;
let refusal: Extract<ToTable, { type: 'refused' }> | undefined;

const grid = new TableGrid(element('grid'), {
  nonce: document.body.dataset.nonce ?? '',
  rows: (start, count) => {
    const request = ++requests;
    const rows = Promise.withResolvers<readonly (readonly Cell[])[]>();
    waiting.set(request, rows);
    say({ type: 'rows', request, start, count });
    return rows.promise;
  },
  focused: (place) => say({ type: 'focus', place }),
  open: showDetail,
});

function show(): void {
  if (state === undefined) return;
  const { source, label, loading, hasText } = state;
  const text = rowsText(state.state);
  const count = element('count');
  if (count.textContent !== text) count.textContent = text;
  const more = button('more');
  more.hidden = !state.state.more;
  more.disabled = loading;
  more.textContent = loading ? 'Loading…' : 'Load More Rows';
  element('text').hidden = !hasText;
  const messages = [...state.state.messages];
  if (refusal !== undefined) messages.push({ kind: 'error', text: refusal.message });
  element('messages').replaceChildren(
    ...messages.map(({ kind, text: words }) => {
      const line = document.createElement('p');
      line.className = kind;
      const mark = document.createElement('span');
      mark.className = `codicon codicon-${kind}`;
      line.append(mark, words);
      return line;
    }),
  );
  const again = button('again');
  again.hidden = refusal?.again !== true;
  // What was pressed may be gone: whoever has no mouse goes on here.
  if (!again.hidden && document.hasFocus() && document.activeElement === document.body) again.focus();
  void grid.show(state.state, source, label);
}

// --- Find ---

let places: readonly Place[] = [];
let capped = false;
let current = -1;
let finding = 0;
let findTimer: ReturnType<typeof setTimeout> | undefined;

function find(): void {
  clearTimeout(findTimer);
  findTimer = setTimeout(() => {
    finding = ++requests;
    say({ type: 'find', request: finding, text: needle.value });
  }, FIND_WAIT_MS);
}

function step(by: number): void {
  if (places.length === 0) return;
  current = (current + by + places.length) % places.length;
  const place = places[current];
  if (place !== undefined) grid.goTo(place);
  showFound();
}

function showFound(): void {
  const all = `${places.length.toLocaleString('en-US')}${capped ? '+' : ''}`;
  const none = needle.value === '' ? '' : 'No results';
  element('found').textContent = places.length === 0 ? none : `${current + 1} of ${all}`;
  for (const id of ['previous', 'next']) button(id).disabled = places.length === 0;
}

needle.addEventListener('input', find);
needle.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
  else if (event.key === 'Escape') {
    needle.value = '';
    find();
    grid.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
element('previous').addEventListener('click', () => step(-1));
element('next').addEventListener('click', () => step(1));

// --- A value in full ---

function showDetail({ row, column }: Place, cell: Cell | undefined): void {
  const name = state?.state.columns[column]?.name ?? '';
  element('detail-name').textContent = `${name} · row ${(row + 1).toLocaleString('en-US')}`;
  element('detail-text').textContent = typeof cell === 'string' ? unfolded(cell) : cell === null ? 'NULL' : '';
  element('detail').hidden = false;
  element('detail-text').focus();
}

function unfolded(text: string): string {
  // Written anew, numbers would lose digits that JavaScript does not keep.
  if (!/^\s*[[{]/.test(text) || /\d{16}|\d[eE]|\.\d{15}/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function closeDetail(): void {
  element('detail').hidden = true;
  grid.focus();
}
element('detail-close').addEventListener('click', closeDetail);

// --- Copy, keys, menu ---

function copy(what: Copied): void {
  const place = grid.focused;
  if (place !== undefined) say({ type: 'copy', what, place });
}

window.addEventListener('keydown', (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === 'f') {
    needle.focus();
    needle.select();
  } else if (event.key === 'Escape' && !element('detail').hidden) closeDetail();
  else if (command && event.key.toLowerCase() === 'c' && isInGrid(event.target) && isNothingSelected()) {
    copy(event.shiftKey ? 'row' : 'cell');
  } else return;
  event.preventDefault();
  event.stopPropagation();
});

function isInGrid(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('#grid') !== null;
}

function isNothingSelected(): boolean {
  return getSelection()?.isCollapsed ?? true;
}

// The editor's own menu opens with what it finds here.
window.addEventListener(
  'contextmenu',
  ({ target }) => {
    const place = grid.placeOf(target);
    const context = {
      webviewSection: place === undefined ? '' : 'cell',
      ...place,
      preventDefaultContextMenuItems: true,
    };
    document.body.dataset.vscodeContext = JSON.stringify(context);
  },
  true,
);
element('more').addEventListener('click', () => say({ type: 'more' }));
element('again').addEventListener('click', () => say({ type: 'again' }));
element('text').addEventListener('click', () => say({ type: 'text' }));

window.addEventListener('message', ({ data }: MessageEvent<ToTable>) => {
  switch (data.type) {
    case 'state': {
      const isOther = state !== undefined && state.source !== data.source;
      const grew = isOther || (state !== undefined && state.state.rows !== data.state.rows);
      state = data;
      if (data.loading || isOther) refusal = undefined;
      // What it shows is of the source before.
      if (isOther) element('detail').hidden = true;
      show();
      if (grew && needle.value !== '') find();
      return;
    }
    case 'rows':
      if (data.rows === undefined) waiting.get(data.request)?.reject(new Error('The rows could not be read.'));
      else waiting.get(data.request)?.resolve(data.rows);
      waiting.delete(data.request);
      return;
    case 'found':
      if (data.request !== finding) return;
      ({ places, capped } = data);
      current = -1;
      grid.mark(places);
      step(1);
      showFound();
      return;
    case 'refused':
      refusal = data;
      show();
      return;
    case 'search':
      needle.focus();
      needle.select();
  }
});
showFound();
say({ type: 'ready' });
