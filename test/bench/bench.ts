// `npm run bench`: what an export costs, beside the pipelines that people use today, in one run, in turn. Linux only.
// Flags: --rows N (3,000,000), --rounds N (3), --dataset people|prose|measurements|hashes, --settings JSON, --only A,B.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { REPOSITORY } from '../vscode/install.ts';
import { radosgwInstalled } from '../s3/radosgw.ts';
import { startStore } from '../s3/store.ts';
import { type Dataset, DATASETS, makeData } from './data.ts';
import { ExtensionHost } from './extensionHost.ts';
import { measureShell, median, type Sample } from './measure.ts';

const BUCKET = 'bench';
const DATA = path.join(REPOSITORY, '.cache/bench');

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '3000000' },
    rounds: { type: 'string', default: '3' },
    dataset: { type: 'string', default: 'people' },
    settings: { type: 'string', default: '{}' },
    only: { type: 'string' },
  },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const dataset = flags.dataset as Dataset;
if (!(dataset in DATASETS)) throw new Error(`There is no data set ${dataset}.`);
const settings = JSON.parse(flags.settings) as Record<string, unknown>;

/** One way of getting the data to the store, or of not doing so. */
interface Contender {
  name: string;
  /** Programs that it needs. */
  needs: readonly string[];
  run: () => Promise<Sample>;
}

// The bundles that users get: minified.
execFileSync('node', ['esbuild.mjs', '--production'], { cwd: REPOSITORY, stdio: 'inherit' });
const scratch = mkdtempSync(path.join(os.tmpdir(), 's3-destinations-bench-'));
mkdirSync(DATA, { recursive: true });
const source = path.join(DATA, `${dataset}-${rows}.parquet`);
await makeData(source, dataset, rows);
symlinkSync(source, path.join(scratch, 'data.parquet'));
const kind = radosgwInstalled() ? 'radosgw' : 'embedded';
if (kind === 'embedded') console.log('radosgw is not installed: the store is the embedded one, in this process.');
const store = await startStore(kind);
const { accessKeyId, secretAccessKey } = store.admin;
const credentials = { accessKeyId, secretAccessKey };
const client = new S3Client({ endpoint: store.endpoint, region: store.region, forcePathStyle: true, credentials });
await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
const env = {
  // The AWS command line comes from the system; the Node of npm scripts stays first.
  PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: store.region,
  AWS_DEFAULT_REGION: store.region,
  S3_ENDPOINT: store.endpoint,
};
const host = await ExtensionHost.start(scratch);
await host.run('addDestination', {
  ...{ name: 'bench', bucket: BUCKET, region: store.region, endpoint: store.endpoint, forcePathStyle: true },
  credentials: { kind: 'keys', ...credentials },
});

const script = (name: string): string => `node ${path.join(import.meta.dirname, name)}`;
const engine = `${script('duckOut.ts')} ${source}`;
const upload = (from: string): string =>
  `aws --endpoint-url ${store.endpoint} s3 cp --quiet ${from} s3://${BUCKET}/peer`;
const pipeline = (name: string, compress: string, needs: readonly string[]): Contender => ({
  name,
  needs: ['aws', ...needs],
  run: () => measureUpload(`${engine} /dev/stdout | ${compress} | ${upload('-')}`),
});

const contenders: Contender[] = [
  {
    name: 'ours, in the extension host',
    needs: [],
    run: () => {
      const argument = { destination: 'bench', syncId: 'bench', sql: "FROM 'data.parquet'" };
      return host.measure('exportQuery', argument, settings);
    },
  },
  pipeline('duckdb | pigz -6 | aws s3 cp -', 'pigz -6', ['pigz']),
  pipeline('duckdb | pigz -4 | aws s3 cp -', 'pigz -4', ['pigz']),
  pipeline('duckdb | gzip -6 | aws s3 cp -', 'gzip -6', ['gzip']),
  {
    name: 'duckdb COPY … gzip, then aws s3 cp',
    needs: ['aws'],
    run: () => {
      const file = path.join(scratch, 'copy.csv.gz');
      return measureUpload(`${engine} ${file} gzip && ${upload(file)}`);
    },
  },
  {
    name: 'rows, csv-stringify, createGzip',
    needs: [],
    run: () => measureUpload(`${script('rowPipeline.ts')} ${source} ${BUCKET} peer`),
  },
  {
    name: 'floor: duckdb writes CSV to /dev/null',
    needs: [],
    run: () => measureShell(`${engine} /dev/null`, env),
  },
  {
    name: 'floor: pigz -6 alone on that CSV',
    needs: ['pigz'],
    run: () => {
      const file = path.join(scratch, 'data.csv');
      if (!existsSync(file)) execFileSync('bash', ['-c', `${engine} ${file}`], { env: { ...process.env, ...env } });
      return measureShell(`pigz -6 < ${file} > /dev/null`, env);
    },
  },
];

try {
  const chosen = contenders.filter(({ name }) => flags.only?.split(',').some((part) => name.includes(part)) ?? true);
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const { name, needs, run } of chosen) {
      const missing = needs.filter((program) => !installed(program));
      if (missing.length > 0) {
        if (round === 0) console.log(`skipped, as ${missing.join(' and ')} is not installed: ${name}`);
        continue;
      }
      const sample = await run();
      console.log(`${round === 0 ? 'warm-up' : `round ${round}`}  ${sample.seconds.toFixed(2).padStart(6)} s  ${name}`);
      if (round > 0) samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
  report(samples);
} finally {
  await host.stop();
  client.destroy();
  await store.stop();
  rmSync(scratch, { recursive: true, force: true });
}

async function measureUpload(command: string): Promise<Sample> {
  const sample = await measureShell(command, env);
  const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'peer' }));
  await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'peer' }));
  return { ...sample, ...(ContentLength === undefined ? {} : { outputBytes: ContentLength }) };
}

function installed(program: string): boolean {
  return env.PATH.split(':').some((folder) => existsSync(path.join(folder, program)));
}

/** Prints a table in Markdown: medians, and beside them how many times as much each takes as ours in the same round. */
function report(samples: Map<string, Sample[]>): void {
  const [ours = []] = samples.values();
  const ratio = (other: Sample[], of: (sample: Sample) => number): string =>
    median(other.map((sample, i) => of(sample) / of(ours[i] ?? sample))).toFixed(2);
  console.log(
    `\n${rows.toLocaleString('en-US')} rows of “${dataset}”, ${rounds} rounds in turn, medians; store: ${kind}`,
  );
  console.log(`${os.cpus().length} cores (${os.cpus()[0]?.model ?? 'unknown'}), Node ${process.version}\n`);
  console.log('| | wall s | × ours | CPU s | × ours | peak MB | output MB |\n|---|---|---|---|---|---|---|');
  for (const [name, list] of samples) {
    const of = (pick: (sample: Sample) => number): number => median(list.map(pick));
    const size = list[0]?.outputBytes === undefined ? '–' : (of((s) => s.outputBytes ?? 0) / 1e6).toFixed(1);
    const wall = `${of((s) => s.seconds).toFixed(2)} | ${ratio(list, (s) => s.seconds)}`;
    const cpu = `${of((s) => s.cpuSeconds).toFixed(1)} | ${ratio(list, (s) => s.cpuSeconds)}`;
    console.log(`| ${name} | ${wall} | ${cpu} | ${(of((s) => s.peakBytes) / 1e6).toFixed(0)} | ${size} |`);
  }
  console.log(`\nActivation in the host: ${host.activationMs.toFixed(1)} ms`);
  for (const name of ['extension', 'run', 's3', 'exporter']) {
    console.log(`dist/${name}.cjs: ${(statSync(path.join(REPOSITORY, `dist/${name}.cjs`)).size / 1000).toFixed(1)} kB`);
  }
}
