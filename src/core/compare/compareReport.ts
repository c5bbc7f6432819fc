import { formatBytes, formatFiles, formatRows, formatTime } from '../format.ts';
import { code, document, facts, grid, plain, section } from '../objects/markdown.ts';
import { runTime } from '../sync/runId.ts';
import type { RowDifference, SampleRow } from '../../exporter/protocol.ts';
import type { RunOfComparison, RunsComparison } from './compareRuns.ts';

const CELLS_SHOWN = 50;
const FILES_SHOWN = 200;

/** `34 rows were added, 12 changed and 3 removed; 1,234 are the same.` */
export function verdict({ found }: RunsComparison): string {
  const { of, added, changed, removed, unchanged } = found;
  const number = (count: number): string => count.toLocaleString('en-US');
  if (added + changed + removed === 0) return `The runs have the same ${of}: ${number(unchanged)}.`;
  const what = of === 'rows' ? formatRows(added) : formatFiles(added);
  const more = of === 'rows' && found.key === undefined ? '' : `, ${number(changed)} changed`;
  const same = `${number(unchanged)} ${unchanged === 1 ? 'is' : 'are'} the same`;
  return `${what} ${added === 1 ? 'was' : 'were'} added${more} and ${number(removed)} removed; ${same}.`;
}

/** What a comparison has found, as a document in Markdown. */
export function compareReport(comparison: RunsComparison): string {
  const { syncId, before, after, found, notes } = comparison;
  const rows = found.of === 'rows' ? found : undefined;
  const files = found.of === 'files' ? found.files : { added: [], changed: [], removed: [] };
  return document(`${syncId}: ${timeOf(before)} → ${timeOf(after)}`, [
    `${verdict(comparison)}\n`,
    facts('Counts', [
      ['Added', found.added.toLocaleString('en-US')],
      ['Changed', rows !== undefined && rows.key === undefined ? undefined : found.changed.toLocaleString('en-US')],
      ['Removed', found.removed.toLocaleString('en-US')],
      ['The same', found.unchanged.toLocaleString('en-US')],
      ['Compared by', rows === undefined ? 'file' : (rows.key?.map((name) => code(name)).join(', ') ?? 'whole rows')],
    ]),
    notes.length === 0 ? '' : section('Notes', notes.map((note) => `- ${plain(note)}\n`).join('')),
    grid('Runs', ['', 'before', 'after'], runRows(before, after)),
    grid(
      'Changed values',
      ['row', 'column', 'before', 'after'],
      changedCells(rows?.samples.changed ?? [], rows?.key ?? []),
    ),
    ...(['added', 'changed', 'removed'] as const).map((kind) =>
      grid(
        `Files ${kind}`,
        ['file'],
        files[kind].slice(0, FILES_SHOWN).map((name) => [code(name)]),
      ),
    ),
  ]);
}

/** The samples as two texts that an editor can show side by side; a block for each row, a line for each column. */
export function sampleTexts({ found }: RunsComparison): { before: string; after: string } | undefined {
  if (found.of === 'files') {
    const { added, changed, removed } = found.files;
    if (added.length + changed.length + removed.length === 0) return undefined;
    const text = (names: string[], mark: string): string =>
      [...names, ...changed.map((name) => `${name} (${mark})`)].sort().join('\n');
    return { before: `${text(removed, 'as it was')}\n`, after: `${text(added, 'as it is')}\n` };
  }
  const { changed, removed, added } = found.samples;
  const all = [...changed, ...removed, ...added];
  if (all.length === 0) return undefined;
  const key = found.key ?? [];
  const text = (side: 'before' | 'after'): string =>
    all.flatMap((difference) => (difference[side] === undefined ? [] : block(difference[side], key))).join('\n');
  return { before: text('before'), after: text('after') };
}

function block(row: SampleRow, key: readonly string[]): string {
  const names = [...key, ...Object.keys(row).filter((name) => !key.includes(name))];
  return names.map((name) => `${name}: ${valueText(row[name])}\n`).join('');
}

/** What could be taken for another value is put into quotes. */
function valueText(value: string | null | undefined): string {
  if (value === undefined || value === null) return 'NULL';
  return value === '' || value === 'NULL' || value !== value.trim() || /\p{Cc}/u.test(value)
    ? JSON.stringify(value)
    : value;
}

function changedCells(changed: readonly RowDifference[], key: readonly string[]): string[][] {
  const cells = changed.flatMap(({ before = {}, after = {} }) => {
    const row = key.map((name) => valueText(after[name])).join(', ');
    const names = Object.keys(after).filter((name) => name in before && before[name] !== after[name]);
    return names.map((name) => [row, name, valueText(before[name]), valueText(after[name])]);
  });
  return cells.slice(0, CELLS_SHOWN).map((texts) => texts.map((text) => code(shortened(text))));
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function runRows(before: RunOfComparison, after: RunOfComparison): string[][] {
  const row = (name: string, of: (run: RunOfComparison) => string): string[] => [name, of(before), of(after)];
  return [
    row('Run', ({ runId }) => code(runId)),
    row('Mode', ({ manifest }) => manifest?.mode ?? ''),
    row('Rows', ({ manifest }) =>
      manifest?.format === undefined ? '' : manifest.rows.written.toLocaleString('en-US'),
    ),
    row('Files', ({ files }) => files.toLocaleString('en-US')),
    row('Size', ({ manifest }) =>
      manifest === undefined ? '' : formatBytes(manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)),
    ),
  ];
}

function timeOf({ runId }: RunOfComparison): string {
  const time = runTime(runId);
  return time === undefined ? runId : formatTime(time);
}
