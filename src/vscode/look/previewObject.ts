import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import { plainName } from '../../core/look/fileFacts.ts';
import { MAX_FILE_BYTES } from '../../core/look/objectFiles.ts';
import { DEFAULT_ROWS, ObjectPreview } from '../../core/look/objectPreview.ts';
import { isDenial } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { TableSource } from '../../core/table/tableSource.ts';
import { type Call, rejectCleanly } from '../commands.ts';
import { keysBy } from '../objects/chosen.ts';
import type { LookContext } from './lookCommands.ts';
import { objectUri } from './objectUri.ts';

/** What a preview gives. */
export interface Previewed {
  /** Of the object as a file; of its beginning only, where it is too large for an editor. */
  uri: string;
  /** The rows that were read, as they are written, with the header; or the lines. */
  text: string;
  /** Whether there is more. */
  truncated: boolean;
}

/** More are not opened at once. */
const MAX_OBJECTS = 10;
const MAX_ROWS = 100_000;
/** How many glances there have been. */
let glances = 0;

/**
 * Reads the beginning of objects and shows it: rows as a table, other text in an editor.
 * @param glance has the tree keep the focus, and the next glance take the place of this one, as files do that are clicked on
 * @returns what was read of the first
 * @throws ProblemError `source-missing`, `unreadable` when it is no text, and as the store
 */
export async function previewObject(context: LookContext, call: Call, glance = false): Promise<Previewed | undefined> {
  const given = new Arguments(call.given ?? {});
  const rows = Math.min(given.integer('rows', 1, DEFAULT_ROWS), MAX_ROWS);
  const turn = glance ? ++glances : 0;
  // What was clicked on last is what is wanted, whichever comes first.
  const show = given.flag('show', true) ? () => !glance || turn === glances : () => false;
  let first: Previewed | undefined;
  for (const { destination, store, keys } of await keysBy(context, call, 'Preview Object')) {
    for (const key of keys.slice(0, MAX_OBJECTS)) {
      const previewed = await preview(context, { destination, store, key, rows, show, glance });
      first ??= previewed;
    }
  }
  return first;
}

/** Opens objects as text, from the file system. @returns the URI of the first */
export async function openObject(context: LookContext, call: Call): Promise<{ uri: string } | undefined> {
  let first: { uri: string } | undefined;
  for (const { destination, store, keys } of await keysBy(context, call, 'Open Object as Text')) {
    for (const key of keys.slice(0, MAX_OBJECTS)) {
      const uri = objectUri({ destination: destination.name, key }, { packed: await hasNamesake(store, key) });
      await openText(uri);
      first ??= { uri: uri.toString() };
    }
  }
  return first;
}

/** Does what may fail; what it fails with can be shown and logged. */
type Clean = <R>(work: () => Promise<R>) => Promise<R>;

interface Order {
  destination: Destination;
  store: Store;
  key: string;
  rows: number;
  /** Whether it is to be shown, once it has been read. */
  show: () => boolean;
  glance: boolean;
}

async function preview(context: LookContext, order: Order): Promise<Previewed> {
  const { destination, store, key, rows, show, glance } = order;
  const closed = new AbortController();
  const [read, packed] = await Promise.all([
    ObjectPreview.open(store, destination, key, { rows, signal: closed.signal }),
    hasNamesake(store, key),
  ]);
  const { text, truncated, format, plainSize } = read;
  const isShown = show();
  const name = { destination: destination.name, key };
  const isLarge = truncated && plainSize > MAX_FILE_BYTES;
  const uri = objectUri(name, { packed, ...(isLarge ? { rows } : {}) });
  if (isShown && format !== 'text') {
    const { showTable } = await import('../table/showTable.ts');
    const clean: Clean = (work) => rejectCleanly('previewObject', context.log, work);
    showTable({
      title: plainName(key),
      id: glance ? 'glance' : `${destination.name}/${key}`,
      source: sourceOf(read, closed, clean),
      again: (count) =>
        clean(async () => {
          // The destination may have got other credentials since.
          const now = await context.stores.get(destination.name);
          const ends = new AbortController();
          const options = { rows: Math.max(rows, count), signal: ends.signal };
          return sourceOf(await ObjectPreview.open(now.store, now.destination, key, options), ends, clean);
        }),
      extensionUri: context.extensionUri,
      openAsText: () => clean(() => openText(uri)),
      preserveFocus: glance,
    });
  } else {
    read.dispose();
    if (isShown) await openText(uri, glance);
  }
  return { uri: uri.toString(), text, truncated };
}

function sourceOf(preview: ObjectPreview, reading: AbortController, clean: Clean): TableSource {
  return {
    state: () => preview.state(),
    rows: (start, count) => preview.rows(start, count),
    loadMore: () => clean(() => preview.loadMore()),
    dispose: () => {
      reading.abort();
      preview.dispose();
    },
  };
}

async function openText(uri: vscode.Uri, preserveFocus = false): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true, preserveFocus });
}

/** Whether there is an object of the same name without `.gz`, or there may be one. */
async function hasNamesake(store: Store, key: string): Promise<boolean> {
  if (!key.endsWith('.gz')) return false;
  try {
    return (await store.head(key.slice(0, -3))) !== undefined;
  } catch (error) {
    if (isDenial(error)) return true;
    throw error;
  }
}
