// The page of the destination form. It knows the fields from the document and decides nothing: what is wrong, hidden or
// shown as an example comes from the extension, which has the rules.
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-label/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-textarea/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { FromForm, ToForm } from '../core/destination/formMessages.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromForm): void };

/** What the controls have in common. */
interface Control extends HTMLElement {
  value: string;
  checked?: boolean;
  label?: string;
  placeholder?: string;
  invalid?: boolean;
  updateComplete: Promise<unknown>;
}

type State = Extract<ToForm, { type: 'state' }>;

const WAIT_MS = 120;
const vscode = acquireVsCodeApi();
const controls = new Map(
  [...document.querySelectorAll<Control>('[data-control]')].map((control) => [control.id, control]),
);
const labels = new Map<string, string>();
/** Fields that the user has been in: others are not reproached with being empty. */
const touched = new Set<string>();
/** What stands in lists that one can also type into, where it was typed: a list takes it only when it is chosen, too. */
const typed = new Map<string, string>();
let state: State | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;

function values(): Record<string, string | boolean> {
  return Object.fromEntries(
    [...controls].map(([id, control]) => [
      id,
      isCheckbox(control) ? control.checked === true : (typed.get(id) ?? control.value),
    ]),
  );
}

function isCheckbox(control: Control): boolean {
  return control.tagName === 'VSCODE-CHECKBOX';
}

function isSelect(control: Control): boolean {
  return control.tagName === 'VSCODE-SINGLE-SELECT';
}

function fill(given: Readonly<Record<string, string | boolean>>): void {
  for (const [id, value] of Object.entries(given)) {
    const control = controls.get(id);
    if (control === undefined) continue;
    if (typeof value === 'boolean') control.checked = value;
    else {
      if (isSelect(control)) offer(control, value);
      control.value = value;
    }
  }
}

/** Makes sure that a select has the value that it is to show. */
function offer(select: Control, value: string): void {
  const options = [...select.querySelectorAll<HTMLElement & { value: string }>('vscode-option')];
  if (value === '' || options.some((option) => option.getAttribute('value') === value)) return;
  const option = document.createElement('vscode-option');
  option.setAttribute('value', value);
  option.textContent = value;
  select.append(option);
}

function show(): void {
  if (state === undefined) return;
  const hidden = new Set(state.hidden);
  for (const [id, control] of controls) {
    const field = document.querySelector<HTMLElement>(`[data-field="${id}"]`);
    if (field !== null && field.hidden !== hidden.has(id)) {
      field.hidden = hidden.has(id);
      if (isSelect(control)) readLabels(control);
    }
    const error = touched.has(id) ? (state.errors[id] ?? '') : '';
    const warning = state.warnings[id] ?? '';
    put(`error-${id}`, error);
    put(`warning-${id}`, error === '' ? warning : '');
    if ('invalid' in control) control.invalid = error !== '';
    const placeholder = state.placeholders[id];
    if (placeholder !== undefined) control.placeholder = placeholder;
    void describe(id, control, [
      document.getElementById(`help-${id}`)?.textContent ?? '',
      error === '' ? warning : error,
    ]);
  }
  put('example', state.example);
}

/** A select takes the labels of its options from what is on the screen: out of sight they are empty. */
function readLabels(select: Control): void {
  const { value } = select;
  select.querySelector('vscode-option')?.dispatchEvent(new Event('vsc-option-state-change', { bubbles: true }));
  select.value = value;
}

/** Tells a screen reader what stands below a field: the element that has the focus lies in the control's own document. */
async function describe(id: string, control: Control, parts: readonly string[]): Promise<void> {
  await control.updateComplete;
  const inner = control.shadowRoot?.querySelector<HTMLElement>('input, textarea, [role=combobox]');
  if (inner === null || inner === undefined) return;
  const description = parts.filter((part) => part !== '').join(' ');
  if (description === '') inner.removeAttribute('aria-description');
  else inner.setAttribute('aria-description', description);
  inner.setAttribute('aria-invalid', String(state?.errors[id] !== undefined && touched.has(id)));
  if (!labels.has(id)) labels.set(id, document.querySelector(`vscode-label[for="${id}"]`)?.textContent ?? '');
  const label = labels.get(id) ?? '';
  if (label !== '' && !isCheckbox(control)) inner.setAttribute('aria-label', label);
}

function put(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

function changed(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => vscode.postMessage({ type: 'changed', values: values() }), WAIT_MS);
}

function checked({ ok, summary, steps }: Extract<ToForm, { type: 'checked' }>): void {
  const marks = { ok: '✓', failed: '✕', skipped: '–' };
  const words = { ok: 'passed', failed: 'failed', skipped: 'skipped' };
  const heading = element('p', ok ? 'verdict' : 'verdict failed', summary);
  const list = document.createElement('ul');
  for (const { status, message, fix } of steps) {
    const item = element('li', status, '');
    const mark = element('span', 'mark', marks[status]);
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', words[status]);
    item.append(mark, element('span', '', message));
    if (fix !== undefined) item.append(element('span', 'fix', fix));
    list.append(item);
  }
  result(heading, list);
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

function result(...content: Node[]): void {
  const section = document.getElementById('result');
  if (section === null) return;
  section.hidden = false;
  section.replaceChildren(...content);
}

/** Leads to the first field that is wrong. @returns whether there is one */
function goToError(): boolean {
  for (const id of controls.keys()) touched.add(id);
  show();
  const [first] = [...controls].filter(([id]) => state?.errors[id] !== undefined);
  if (first === undefined) return false;
  first[1].closest('details')?.setAttribute('open', '');
  first[1].focus();
  return true;
}

window.addEventListener('message', ({ data }: MessageEvent<ToForm>) => {
  switch (data.type) {
    case 'values':
      fill(data.values);
      return;
    case 'state':
      state = data;
      show();
      return;
    case 'refused':
      if (!goToError()) put('general', data.message);
      return;
    case 'checking':
      result(element('p', 'verdict', 'Checking…'));
      return;
    case 'checked':
      checked(data);
  }
});

for (const [id, control] of controls) {
  const onInput = (): void => {
    touched.add(id);
    put('general', '');
    changed();
  };
  control.addEventListener('input', onInput);
  control.addEventListener('change', onInput);
  if (control.hasAttribute('combobox')) takeWhatIsTyped(id, control);
}

function takeWhatIsTyped(id: string, control: Control): void {
  const note = (event: Event): void => {
    const [origin] = event.composedPath();
    if (event.type === 'input' && origin instanceof HTMLInputElement) typed.set(id, origin.value.trim());
    else typed.delete(id);
  };
  // Before all others who listen: they read the values.
  control.addEventListener('input', note, { capture: true });
  control.addEventListener('change', note, { capture: true });
  control.addEventListener('focusout', () => {
    const text = typed.get(id);
    typed.delete(id);
    if (text === undefined || text === control.value) return;
    offer(control, text);
    control.value = text;
    changed();
  });
}

document.querySelector('details')?.addEventListener('toggle', ({ target }) => {
  for (const control of controls.values())
    if (isSelect(control) && (target as Node).contains(control)) readLabels(control);
});
document
  .getElementById('save')
  ?.addEventListener('click', () => vscode.postMessage({ type: 'save', values: values() }));
document
  .getElementById('check')
  ?.addEventListener('click', () => vscode.postMessage({ type: 'check', values: values() }));
document.getElementById('cancel')?.addEventListener('click', () => vscode.postMessage({ type: 'cancel' }));
document.querySelector('form')?.addEventListener('submit', (event) => {
  event.preventDefault();
  vscode.postMessage({ type: 'save', values: values() });
});
vscode.postMessage({ type: 'ready' });
