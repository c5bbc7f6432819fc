// `npm run bench:memory`: peak memory of extension host and exporter together, for 1×, 4× and 16× the data, and with a store
// that takes 5 MB/s. Linux only.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEMO_ADMIN, startS3 } from '../s3/server.ts';
import { REPOSITORY } from '../vscode/install.ts';
import { makeData } from './data.ts';
import { ExtensionHost } from './extensionHost.ts';

const ROWS = 3_000_000;
const SLOW_BYTES_PER_SECOND = 5_000_000;
/** Parts are sent side by side, and the speed is that of each. */
const PARTS_AT_ONCE = 4;

execFileSync('node', ['esbuild.mjs', '--production'], { cwd: REPOSITORY, stdio: 'inherit' });
const data = path.join(REPOSITORY, '.cache/bench');
mkdirSync(data, { recursive: true });
const source = path.join(data, `people-${ROWS}.parquet`);
await makeData(source, 'people', ROWS);
const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-destinations-bench-'));
symlinkSync(source, path.join(scratch, 'data.parquet'));
const s3 = await startS3();
s3.createBucket('bench');
const host = await ExtensionHost.start(scratch);
try {
  const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
  const credentials = { kind: 'keys', accessKeyId, secretAccessKey };
  const store = { bucket: 'bench', endpoint: s3.endpoint, forcePathStyle: true };
  await host.run('addDestination', { name: 'bench', ...store, credentials });
  console.log('| | seconds | output MB | peak MB |\n|---|---|---|---|');
  await measure('1 row (what an idle editor takes)', 'SELECT 1 AS one');
  await measure('1×, 3 million rows', times(1));
  await measure('4×', times(4));
  await measure('16×', times(16));
  s3.faults.add({ op: 'UploadPart', times: Infinity, bytesPerSecond: SLOW_BYTES_PER_SECOND / PARTS_AT_ONCE });
  await measure('1×, to a store that takes 5 MB/s', times(1));
} finally {
  await host.stop();
  await s3.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(name: string, sql: string): Promise<void> {
  const argument = { destination: 'bench', syncId: 'bench', sql };
  const { seconds, outputBytes = 0, peakBytes } = await host.measure('exportQuery', argument);
  const [megabytes, peak] = [outputBytes, peakBytes].map((bytes) => (bytes / 1e6).toFixed(0));
  console.log(`| ${name} | ${seconds.toFixed(1)} | ${megabytes} | ${peak} |`);
}

/** The rows so many times over, read from the file again each time. */
function times(count: number): string {
  const files = Array.from({ length: count }, () => `'data.parquet'`);
  return `FROM read_parquet([${files.join(', ')}])`;
}
