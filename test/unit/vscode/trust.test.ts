import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { REPOSITORY } from '../../vscode/install.ts';

/** The commands that send what lies in a workspace. The editors of the tests trust every one. */
const ENTRY = `
  export { exportFiles } from './src/vscode/exports/exportFiles.ts';
  export { exportQuery, previewQuery } from './src/vscode/exports/exportQuery.ts';
  export { SyncRuns } from './src/vscode/syncs/runSync.ts';
`;

interface Commands {
  exportFiles(context: object, call: object): Promise<unknown>;
  exportQuery(context: object, given: object): Promise<unknown>;
  previewQuery(context: object, given: object): Promise<unknown>;
  SyncRuns: new () => { run(name: object): Promise<unknown> };
}

describe('a workspace that is not trusted', () => {
  let commands: Commands;
  before(async () => {
    const { outputFiles } = await build({
      stdin: { contents: ENTRY, resolveDir: REPOSITORY, loader: 'ts' },
      ...{ bundle: true, format: 'cjs', platform: 'node', external: ['vscode'], write: false, logLevel: 'error' },
    });
    const module = { exports: {} as Commands };
    const ownRequire = createRequire(path.join(REPOSITORY, 'package.json'));
    // What the modules make of the editor's when they are loaded.
    const editor = { workspace: { isTrusted: false }, EventEmitter: Object, ThemeIcon: Object };
    const required = (name: string): unknown => (name === 'vscode' ? editor : ownRequire(name));
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the bundle of our own sources
    const load = new Function('module', 'require', outputFiles[0]!.text);
    Reflect.apply(load, undefined, [module, required]);
    commands = module.exports;
  });

  const query = { sql: 'SELECT 1', destination: 'store', syncId: 'one' };
  const refused: Record<string, () => Promise<unknown>> = {
    exportQuery: () => commands.exportQuery({}, query),
    previewSync: () => commands.previewQuery({}, query),
    exportFiles: () => commands.exportFiles({}, { given: { files: ['a.csv'], destination: 'store', syncId: 'one' } }),
    runSync: () => new commands.SyncRuns().run({ syncId: 'one', definition: '' }),
  };
  for (const [name, call] of Object.entries(refused)) {
    it(`is not read or sent from by ${name}`, async () => {
      await assert.rejects(call, { code: 'untrusted-workspace' });
    });
  }
});
