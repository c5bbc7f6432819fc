// `npm run bench:levels`: what each level of gzip costs and gains, on several kinds of data. The default is chosen by this.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ParallelGzip } from '../../src/exporter/gzip.ts';
import { REPOSITORY } from '../vscode/install.ts';
import { type Dataset, DATASETS, makeData } from './data.ts';
import { median } from './measure.ts';

const LEVELS = [1, 2, 3, 4, 5, 6, 9];
const ROWS = 400_000;
const ROUNDS = 3;
const BLOCK_BYTES = 1024 * 1024;

const data = path.join(REPOSITORY, '.cache/bench');
mkdirSync(data, { recursive: true });
console.log('| data | level | CPU s | × level 6 | size % | size ÷ level 6 |\n|---|---|---|---|---|---|');
for (const dataset of Object.keys(DATASETS) as Dataset[]) {
  const csv = await csvOf(dataset);
  const results = new Map<number, { cpu: number[]; bytes: number }>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const level of LEVELS) {
      const { cpu, bytes } = await deflate(csv, level);
      results.set(level, { cpu: [...(results.get(level)?.cpu ?? []), cpu], bytes });
    }
  }
  const six = results.get(6);
  for (const [level, { cpu, bytes }] of results) {
    const seconds = median(cpu);
    const times = seconds / median(six?.cpu ?? []);
    const share = ((bytes / csv.length) * 100).toFixed(1);
    const size = (bytes / (six?.bytes ?? bytes)).toFixed(3);
    console.log(`| ${dataset} | ${level} | ${seconds.toFixed(2)} | ${times.toFixed(2)} | ${share} | ${size} |`);
  }
}

async function csvOf(dataset: Dataset): Promise<Buffer> {
  const parquet = path.join(data, `${dataset}-${ROWS}.parquet`);
  await makeData(parquet, dataset, ROWS);
  const csv = path.join(data, `${dataset}.csv`);
  execFileSync('node', [path.join(import.meta.dirname, 'duckOut.ts'), parquet, csv]);
  const content = readFileSync(csv);
  rmSync(csv);
  return content;
}

async function deflate(content: Buffer, level: number): Promise<{ cpu: number; bytes: number }> {
  let bytes = 0;
  const before = process.cpuUsage();
  const gzip = new ParallelGzip(level, (piece) => {
    bytes += piece.length;
    return Promise.resolve();
  });
  for (let at = 0; at < content.length; at += BLOCK_BYTES) await gzip.write(content.subarray(at, at + BLOCK_BYTES));
  await gzip.end();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, bytes };
}
