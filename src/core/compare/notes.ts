import { formatRows } from '../format.ts';
import type { Manifest } from '../sync/manifest.ts';
import type { RunsComparison } from './compareRuns.ts';

/** A run, as far as notes are concerned. */
interface Side {
  runId: string;
  manifest?: Manifest;
}

/** What has to be known to read the counts of a comparison; a sentence each. */
export function notesOf(before: Side, after: Side, found: RunsComparison['found']): string[] {
  const notes: string[] = [];
  for (const { runId, manifest } of [before, after]) {
    if (manifest === undefined)
      notes.push(`The run ${runId} has no manifest that can be read: its files were found by their names.`);
  }
  if ([before, after].some(({ manifest }) => manifest !== undefined && isPartial(manifest))) {
    notes.push(
      'The runs hold what was new or had changed at their time. What they sent is compared, not all that there was.',
    );
  }
  if (found.of === 'files') {
    notes.push('Files were compared as wholes.');
    if (before.manifest === undefined || after.manifest === undefined) {
      notes.push('Without a manifest that is by ETag: a file that was uploaded in other parts counts as changed.');
    }
    return notes;
  }
  const keys = [before, after].map(({ manifest }) => manifest?.primaryKey?.join(', '));
  if (keys[0] !== keys[1] && keys.every((key) => key !== undefined)) {
    notes.push(`The key has changed: it was ${keys[0] ?? ''}, and is ${keys[1] ?? ''}.`);
  }
  const { key, columns, repeatedKeys } = found;
  if (key === undefined) {
    const known = keys.some((one) => one !== undefined);
    const why = known ? 'One of the runs does not have the columns of the key' : 'The runs have no key';
    notes.push(`${why}: whole rows were compared, so that a row that has changed counts as one removed and one added.`);
  } else if (repeatedKeys > 0) {
    notes.push(`There are ${repeatedKeys.toLocaleString('en-US')} keys that several rows of a run have.`);
  }
  if (columns.onlyBefore.length > 0) notes.push(`Gone are the columns ${columns.onlyBefore.join(', ')}.`);
  if (columns.onlyAfter.length > 0) notes.push(`New are the columns ${columns.onlyAfter.join(', ')}.`);
  if (columns.onlyBefore.length + columns.onlyAfter.length > 0) {
    notes.push(`Rows were compared by the ${columns.both.length} columns that both runs have.`);
  }
  notes.push(...typeNotes(before.manifest, after.manifest));
  for (const [name, { manifest }, rows] of [
    ['before', before, found.removed + found.changed + found.unchanged],
    ['after', after, found.added + found.changed + found.unchanged],
  ] as const) {
    if (manifest?.format === undefined || manifest.rows.written === rows) continue;
    notes.push(
      `The manifest of the run ${name} says ${formatRows(manifest.rows.written)}, but its files have ${formatRows(rows)}.`,
    );
  }
  return notes;
}

function isPartial({ mode, onlyNewRows }: Manifest): boolean {
  return mode === 'add' || mode === 'upsert' || onlyNewRows === true;
}

function typeNotes(before: Manifest | undefined, after: Manifest | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const notes = after.columns.flatMap(({ name, type }) => {
    const was = before.columns.find((column) => column.name === name)?.type;
    return was === undefined || was === type ? [] : [`The column ${name} was ${was} and is ${type}.`];
  });
  if (before.format !== after.format) {
    const [was, is] = [before, after].map(({ format }) =>
      format === undefined ? 'a file was copied as it was' : `rows were written as ${format}`,
    );
    notes.push(`Before, ${was}; after, ${is}.`);
  }
  return notes;
}
