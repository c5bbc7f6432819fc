// `npm run demo`: the extension at work in a real VS Code, against a real store. Flags: --once, --desktop, --s3 URL.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { createSampleWorkspace } from '../fixtures/sampleWorkspace.ts';
import { ensureBuilt } from '../host/bundle.ts';
import { startEditor } from '../vscode/editor.ts';
import { REPOSITORY } from '../vscode/install.ts';
import { DEMO_DESTINATION, writeDemoPlan } from './demoPlan.ts';
import { type DemoStore, openDemoStore, readBack } from './demoStore.ts';

const EXPORT_LIMIT_MS = 120_000;
const POLL_MS = 100;
const MODEL = 'models/bird-strikes.sql';
const EXTENSIONS = [REPOSITORY, path.join(REPOSITORY, 'test/fixtures/demo-destination')];

const { values: flags } = parseArgs({
  options: { once: { type: 'boolean' }, desktop: { type: 'boolean' }, s3: { type: 'string' } },
});

const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-destinations-demo-'));
const workspace = path.join(scratch, 'sample');
const resultFile = path.join(scratch, 'result.json');
const interrupted = new Promise<true>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(true));
});

await ensureBuilt();
createSampleWorkspace(workspace);
const store = await openDemoStore(flags.s3);
console.log(`S3         ${store.endpoint}`);
const editor = await openEditor();
try {
  const outcome = await exportResult();
  const right = await printAndCompare(store, outcome);
  if (!right) process.exitCode = 1;
  if (flags.once !== true && right) {
    console.log(`\nThe editor is open at ${editor.where}\nCtrl-C ends it, and the store with it.`);
    await interrupted;
  }
} finally {
  await editor.close();
  await store.stop();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function openEditor(): Promise<{ where: string; close: () => Promise<void> }> {
  const plan = path.join(scratch, 'demo.json');
  const exportQuery = { destination: DEMO_DESTINATION, syncId: 'bird-strikes', file: MODEL };
  writeDemoPlan(plan, store, { exportQuery, result: resultFile });
  const env = { S3_DESTINATIONS_DEMO: plan };
  if (flags.desktop === true) return openDesktop(env);
  const running = await startEditor({ folder: workspace, developmentExtensions: EXTENSIONS, env });
  const window = await running.openWindow();
  await window.openFile(path.basename(MODEL));
  return { where: running.url, close: () => running.close() };
}

/** Opens the desktop's VS Code in a window of its own, with settings and extensions of its own. */
function openDesktop(env: Record<string, string>): { where: string; close: () => Promise<void> } {
  const development = EXTENSIONS.map((folder) => `--extensionDevelopmentPath=${folder}`);
  const args = ['--new-window', '--wait', `--user-data-dir=${path.join(scratch, 'user')}`, '--disable-workspace-trust'];
  const code = spawn('code', [...args, ...development, workspace], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  code.once('error', (error) => console.error(`VS Code does not start: ${error.message}`));
  const close = (): Promise<void> => {
    code.kill();
    return Promise.resolve();
  };
  return { where: 'its own window', close };
}

async function exportResult(): Promise<RunResult> {
  const end = Date.now() + EXPORT_LIMIT_MS;
  while (!existsSync(resultFile)) {
    if (Date.now() > end) throw new Error(`No export was done within ${EXPORT_LIMIT_MS / 1000} s.`);
    if (await Promise.race([sleep(POLL_MS, false), interrupted])) throw new Error('Interrupted.');
  }
  const outcome = JSON.parse(readFileSync(resultFile, 'utf8')) as RunResult & {
    error?: { code: string; message: string };
  };
  if (outcome.error !== undefined) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome;
}

/** Reads back what the export has put there and holds it against what DuckDB by itself makes of the same query. */
async function printAndCompare(from: DemoStore, { files, rows }: RunResult): Promise<boolean> {
  const [file] = files;
  if (file === undefined) throw new Error('The export has put nothing there.');
  const object = await readBack(from, file.key);
  const text = gunzipSync(object).toString();
  const expected = await expectedCsv();
  const lines = text.trimEnd().split('\n');
  console.log(`Object     s3://${from.bucket}/${file.key}`);
  console.log(`Rows       ${rows.written}`);
  console.log(`Bytes      ${object.length} (${text.length} before gzip)`);
  console.log(
    `First lines\n${lines
      .slice(0, 4)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  );
  if (object.length !== file.bytes || text !== expected) {
    console.error('\nThe object is not what DuckDB makes of the same query.');
    return false;
  }
  console.log(`\nRead back and compared: all ${lines.length - 1} rows are right.`);
  return true;
}

async function expectedCsv(): Promise<string> {
  const file = path.join(scratch, 'expected.csv');
  const sql = readFileSync(path.join(workspace, MODEL), 'utf8').replaceAll("'data/", `'${workspace}/data/`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${sql}\n) TO '${file}' (FORMAT csv, HEADER)`);
  connection.closeSync();
  return readFileSync(file, 'utf8');
}
