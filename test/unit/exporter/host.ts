// A host that exports until it is killed: FOLDER, SQL, and what to wait for before it says so.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { orderOf, PROGRAM } from './exporting.ts';

const [folder = '', sql = '', awaited = ''] = process.argv.slice(2);
const options = {
  program: PROGRAM,
  workingDirectory: folder,
  temporaryFolder: folder,
  memoryLimit: 100 << 20,
  readable: [],
};
const running = await startExport(orderOf({ sql }), options, () => undefined, new AbortController().signal);
running.summary.catch((error: unknown) => console.error(error));
if (awaited === 'spilled') {
  const scratch = path.join(folder, readdirSync(folder).find((name) => name.startsWith('s3-destinations-')) ?? '');
  // The named pipe is there, too.
  while (readdirSync(scratch).length < 2) await sleep(10);
}
if (awaited !== 'rows') console.log(awaited);
let first = true;
for await (const frame of running.frames) {
  if (first && awaited === 'rows' && frame.kind === 'data' && frame.bytes.length > 1000) console.log(awaited);
  first &&= frame.kind !== 'data' || frame.bytes.length <= 1000;
}
