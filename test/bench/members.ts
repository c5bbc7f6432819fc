// `npm run bench:members`: holds ten million members against as many earlier ones, with the memory that the engine has by
// default, and prints times, peak memory and the most that lay on disk. `-- ROWS` takes another number. Linux only.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { startExport } from '../../src/core/engine/exporterProcess.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../src/core/sync/textOptions.ts';
import type { JobSummary, MembersOrder } from '../../src/exporter/protocol.ts';
import { exporters, PROGRAM } from '../unit/exporter/exporting.ts';
import { REPOSITORY } from '../vscode/install.ts';
import { treeBytes } from './measure.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
/** What the setting is by default, and the least that it can be. In MiB. */
const LIMITS = [128, 64];
const MIB = 2 ** 20;
const SAMPLE_EVERY_MS = 50;

/** Keys of these kinds; the last is text that no index of a fixed width holds. */
const KEYS = {
  integer: 'id',
  text: `'user' || id || '@example.com'`,
  'long text': `repeat(md5(id::VARCHAR), 6)`,
} as const;

/** Eight columns in no order. One in a hundred of the rows that stay is another in the second run, one in twenty is new. */
function members(key: string, run: 1 | 2): string {
  const id = `(i * 7919) % ${ROWS}${run === 1 ? '' : ` + ${Math.floor(ROWS / 20)}`}`;
  return `SELECT ${key} AS key, (['US', 'DE', 'JP'])[1 + id % 3] AS country, (id % 100000)::DECIMAL(12, 2) AS value,
    TIMESTAMP '2024-01-01' + (id % 31536000) * INTERVAL 1 second AS last_seen, id % 3 = 0 AS active,
    CASE WHEN id % 7 <> 0 THEN 'Note "' || (id % 1000) || '", ok' END AS note, id / 7 AS score,
    CASE WHEN id % 100 = 0 THEN ${run} ELSE 0 END AS version FROM (SELECT ${id} AS id FROM range(${ROWS}) AS r(i))`;
}

const folder = path.join(REPOSITORY, '.cache/bench');
mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(path.join(folder, 'members-'));
try {
  console.log('| key | memory limit | run | seconds | written | peak MB | disk MB | state MB |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const memory of LIMITS) {
    for (const [name, key] of Object.entries(KEYS)) {
      const file = path.join(scratch, 'first.parquet');
      const order = { primaryKey: ['key'], write: 'newAndChanged' as const, fullRun: false };
      const row = `| ${name} | ${memory} MiB`;
      const { columns, members: first } = await measure(`${row} | first`, members(key, 1), memory, {
        ...order,
        state: file,
      });
      const earlier = { file, columns, keyColumns: first?.keyColumns ?? [] };
      const state = path.join(scratch, 'second.parquet');
      const second = await measure(`${row} | second`, members(key, 2), memory, { ...order, earlier, state });
      console.log(`<!-- ${JSON.stringify(second.members?.changes)} -->`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(title: string, sql: string, memory: number, order: MembersOrder): Promise<JobSummary> {
  const exporter = {
    program: PROGRAM,
    workingDirectory: scratch,
    temporaryFolder: scratch,
    memoryLimit: memory * MIB,
    readable: 'anything',
  } as const;
  const files = { ...DEFAULT_TEXT_OPTIONS, format: 'csv', maxFileBytes: 2 ** 30, gzipLevel: 4 } as const;
  const job = { kind: 'query', sql } as const;
  const began = performance.now();
  const never = new AbortController().signal;
  const running = await startExport({ job, files, members: order }, exporter, () => undefined, never);
  const [pid = 0] = exporters();
  let [peak, disk] = [0, 0];
  const timer = setInterval(() => {
    peak = Math.max(peak, treeBytes(pid));
    disk = Math.max(disk, bytesIn(scratch));
  }, SAMPLE_EVERY_MS);
  try {
    // What is not read is not written.
    for await (const { kind } of running.frames) if (kind === 'end') break;
    const summary = await running.summary;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const [peakMb, diskMb, stateMb] = [peak, disk, statSync(order.state ?? '').size].map((b) => (b / 1e6).toFixed(0));
    console.log(`${title} | ${seconds} | ${summary.rows} | ${peakMb} | ${diskMb} | ${stateMb} |`);
    return summary;
  } finally {
    clearInterval(timer);
    await running.dispose();
  }
}

function bytesIn(directory: string): number {
  let bytes = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    // It may be gone by now.
    bytes += (statSync(path.join(directory, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return bytes;
}
