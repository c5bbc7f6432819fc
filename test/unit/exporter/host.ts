// A host that exports until it is killed: FOLDER, SQL, and what to wait for before it says so: `spare` is an exporter that waits
// after the export.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { SpareExporter } from '../../../src/core/engine/spareExporter.ts';
import { orderOf, PROGRAM } from './exporting.ts';

const [folder = '', sql = '', awaited = ''] = process.argv.slice(2);
const options = {
  program: PROGRAM,
  workingDirectory: folder,
  temporaryFolder: folder,
  memoryLimit: 100 << 20,
  readable: [],
  ...(awaited === 'spare' ? { spare: new SpareExporter() } : {}),
};
const running = await startExport(orderOf({ sql }), options, () => undefined, new AbortController().signal);
running.summary.catch((error: unknown) => console.error(error));
if (awaited === 'spilled') {
  const scratch = path.join(folder, readdirSync(folder).find((name) => name.startsWith('s3-destinations-')) ?? '');
  // The named pipe is there, too.
  while (readdirSync(scratch).length < 2) await sleep(10);
}
if (awaited !== 'rows' && awaited !== 'spare') console.log(awaited);
let first = true;
for await (const frame of running.frames) {
  if (first && awaited === 'rows' && frame.kind === 'data' && frame.bytes.length > 1000) console.log(awaited);
  first &&= frame.kind !== 'data' || frame.bytes.length <= 1000;
}
if (awaited === 'spare') {
  await running.dispose();
  console.log(awaited);
  // What waits keeps no process alive by itself.
  setInterval(() => undefined, 1000);
}
