import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type * as vscode from 'vscode';
import { DestinationSecrets } from '../../../src/vscode/destinations/destinationSecrets.ts';
import { Log } from '../../../src/vscode/log.ts';

const KEYS = { kind: 'keys', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'top-secret-key' } as const;
const NEW_KEYS = { ...KEYS, secretAccessKey: 'another-secret' };

/** What all windows of an editor have in common. */
class Editor {
  readonly secrets = new Map<string, string>();
  readonly #memory = new Map<string, unknown>();
  readonly #events = new EventEmitter();

  /** What a new window knows of secrets, and the news that it is told of: names, or undefined. */
  window(): { keys: DestinationSecrets; news: (string | undefined)[] } {
    const secrets = {
      get: (key: string) => Promise.resolve(this.secrets.get(key)),
      store: (key: string, value: string) => {
        this.secrets.set(key, value);
        return this.#changed(key);
      },
      delete: (key: string) => {
        this.secrets.delete(key);
        return this.#changed(key);
      },
      onDidChange: (listener: (event: { key: string }) => unknown) => this.#events.on('change', listener),
    };
    const globalState = {
      get: (key: string) => this.#memory.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void this.#memory.set(key, value)),
    };
    const log = new Log({ error: () => undefined } as unknown as vscode.LogOutputChannel);
    const keys = new DestinationSecrets({ secrets, globalState } as unknown as vscode.ExtensionContext, log);
    const news: (string | undefined)[] = [];
    keys.onDidChangeElsewhere((name) => void news.push(name));
    return { keys, news };
  }

  #changed(key: string): Promise<void> {
    this.#events.emit('change', { key });
    return Promise.resolve();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the keys of destinations', () => {
  it('are told to other windows that have used them, once, and not to who has changed them', async () => {
    const editor = new Editor();
    const [one, two, three] = [editor.window(), editor.window(), editor.window()];
    await one.keys.store('prod', KEYS);
    assert.deepEqual(await two.keys.get('prod'), KEYS);
    await one.keys.store('prod', NEW_KEYS);
    await settled();
    assert.deepEqual([one.news, two.news, three.news], [[], ['prod'], []]);
    // The editor tells of writes that change nothing, too.
    await one.keys.store('prod', NEW_KEYS);
    await settled();
    assert.deepEqual(two.news, ['prod']);
    await one.keys.delete('prod');
    await settled();
    assert.deepEqual(two.news, ['prod', 'prod']);
    assert.equal(await two.keys.get('prod'), undefined);
    await one.keys.announce();
    await settled();
    assert.deepEqual(three.news, [undefined]);
  });

  it('are found to be lost after a restart without a keyring, and to be kept after one with it', async () => {
    const editor = new Editor();
    const first = editor.window().keys;
    await first.store('prod', KEYS);
    assert.equal(await first.surviveRestarts(), undefined);
    assert.equal(await editor.window().keys.surviveRestarts(), true);
    editor.secrets.clear();
    const { keys: restarted } = editor.window();
    assert.equal(await restarted.surviveRestarts(), false);
    // It is said of each that is entered from now on, as they will be lost as well.
    await restarted.store('prod', KEYS);
    assert.equal(await restarted.surviveRestarts(), false);
  });

  it('are missing where they cannot be read', async () => {
    const editor = new Editor();
    const { keys } = editor.window();
    for (const text of ['{', '{}', '{"credentials":{"kind":"profile","profile":"x"}}', '[]']) {
      editor.secrets.set('destination:prod', text);
      assert.equal(await keys.get('prod'), undefined, text);
    }
  });
});
