import assert from 'node:assert/strict';
import { setImmediate as others } from 'node:timers/promises';
import * as vscode from 'vscode';
import { parseDestination } from '../../src/core/destination/destination.ts';
import { DestinationStore } from '../../src/vscode/destinations/destinationStore.ts';
import { Log } from '../../src/vscode/log.ts';
import { EditorMemory, emptyContext } from './editorMemory.ts';

const CREDENTIALS = { kind: 'keys', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'an-example' };

describe('the store of destinations', () => {
  let memory: EditorMemory;
  let store: DestinationStore;
  const channel = vscode.window.createOutputChannel('The store of destinations', { log: true });
  after(() => channel.dispose());
  beforeEach(() => {
    memory = new EditorMemory();
    store = new DestinationStore(emptyContext(memory), new Log(channel));
  });
  afterEach(() => store.dispose());

  /** Has the editor keep what has changed, again and again until something is done. */
  async function kept(work: Promise<unknown>): Promise<void> {
    const going = new AbortController();
    const end = (): void => going.abort();
    work.then(end, end);
    while (!going.signal.aborted) {
      memory.send();
      memory.answer();
      await others();
    }
    await work;
  }

  it('keeps a change that is made while the editor stores which destination was used', async () => {
    await kept(store.add(parseDestination({ name: 'one', bucket: 'before', credentials: CREDENTIALS })));
    const used = store.used('one');
    await others();
    memory.send();
    const changed = store.update('one', { ...store.fields('one'), bucket: 'after' });
    await others();
    memory.answer();
    await kept(Promise.all([used, changed]));
    assert.equal(store.fields('one').bucket, 'after');
  });
});
