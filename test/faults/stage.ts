import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import esbuild from 'esbuild';
import { parseLatest } from '../../src/core/sync/manifest.ts';
import { latestKey, recordKey } from '../../src/core/sync/syncKeys.ts';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../s3/server.ts';
import { clientOf } from '../unit/s3/subject.ts';
import { CACHE, REPOSITORY } from '../vscode/install.ts';
import { linesAfter, type ModeUnderTest, queryOf } from './modes.ts';
import { FaultProxy } from './proxy.ts';
import { journalsOf, PREFIX, runSync, scratch, startAgain, SYNC_ID, type SyncUnderTest } from './sync.ts';

const PIPE_READER = 'src/exporter/pipeReader.ts';

/** How a run ended. */
export type Ending = 'completed' | 'completed but for leftovers' | 'failed' | 'pending';

/** A store, and for each mode a bucket with one completed run, which each case begins with. */
export class Stage {
  readonly s3: EmbeddedS3;
  readonly client: S3Client;
  readonly program: string;
  #cases = 0;
  readonly #begun = new Map<string, string>();

  static async open(): Promise<Stage> {
    const program = await bundled('src/exporter/main.ts', 'exporter');
    return new Stage(await startS3(), program);
  }

  private constructor(s3: EmbeddedS3, program: string) {
    this.s3 = s3;
    this.program = program;
    this.client = clientOf({ endpoint: s3.endpoint, region: 'us-east-1', admin: DEMO_ADMIN });
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.s3.stop();
  }

  /** Sets a case up: a bucket in which the first table's run of the mode has completed. */
  async begin(mode: ModeUnderTest): Promise<Case> {
    let first = this.#begun.get(mode.name);
    if (first === undefined) {
      first = `begun-${this.#begun.size}`;
      this.#begun.set(mode.name, first);
      this.s3.createBucket(first);
      const place = scratch();
      await runSync(this.sync(mode, first, this.s3.endpoint, place.folder), queryOf(0));
      place.remove();
    }
    const bucket = `case-${this.#cases++}`;
    this.s3.createBucket(bucket);
    this.s3.copyObjects(first, bucket);
    return new Case(this, mode, bucket, await FaultProxy.start(this.s3.endpoint));
  }

  sync(mode: ModeUnderTest, bucket: string, endpoint: string, folder: string): SyncUnderTest {
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const { program } = this;
    return { endpoint, bucket, accessKeyId, secretAccessKey, program, folder, settings: mode.settings };
  }
}

/** One case: a sync whose second run something happens to. */
export class Case {
  readonly proxy: FaultProxy;
  readonly #stage: Stage;
  readonly #mode: ModeUnderTest;
  readonly #bucket: string;
  readonly #scratch = scratch();

  constructor(stage: Stage, mode: ModeUnderTest, bucket: string, proxy: FaultProxy) {
    this.#stage = stage;
    this.#mode = mode;
    this.#bucket = bucket;
    this.proxy = proxy;
  }

  /** The sync, through the proxy. */
  get sync(): SyncUnderTest {
    return this.#stage.sync(this.#mode, this.#bucket, this.proxy.endpoint, this.#scratch.folder);
  }

  /** Runs the second table. */
  async run(): Promise<Ending> {
    try {
      const { files, leftovers, warnings = [] } = await runSync(this.sync, queryOf(1));
      const keys = await this.#keys();
      if (files.some(({ key }) => !keys.includes(key))) throw new Error('A file is told and not there.');
      if (warnings.length !== (leftovers === undefined ? 0 : 1)) throw new Error(warnings.join(' '));
      return leftovers === undefined ? 'completed' : 'completed but for leftovers';
    } catch (error) {
      const { code, pending } = error as { code?: string; pending?: boolean };
      assert.equal(typeof code, 'string', String((error as Error).stack));
      return pending === true ? 'pending' : 'failed';
    }
  }

  /**
   * Looks at the bucket after the second run has ended so, starts again, and runs the third table. Fails unless the
   * folder holds exactly what it should at each moment.
   * @param ending how the run said that it ended; undefined when its process was killed
   */
  async check(ending: Ending | undefined): Promise<void> {
    const [before, after] = [this.#lines([0]), this.#lines([0, 1])];
    if (ending === 'completed') assert.deepEqual(await this.lines(), after, 'told as completed');
    if (ending === 'failed') assert.deepEqual(await this.lines(), before, 'told as failed');
    this.proxy.heal();
    await startAgain(this.sync);
    const settled = await this.lines();
    const leftovers = ending === 'completed but for leftovers';
    if (leftovers)
      assert.ok(
        after.every((line) => settled.includes(line)),
        'leftovers without the new set',
      );
    const committed = leftovers || JSON.stringify(settled) === JSON.stringify(after);
    if (!committed) assert.deepEqual(settled, before, 'after the next start');
    assert.deepEqual(await this.unfinished(), [], 'unfinished uploads after the next start');
    assert.deepEqual(this.journals(), [], 'journals after the next start');
    await runSync(this.sync, queryOf(2));
    assert.deepEqual(await this.lines(), this.#lines(committed ? [0, 1, 2] : [0, 2]), 'after the next run');
    assert.deepEqual(await this.unfinished(), [], 'unfinished uploads after the next run');
    await this.#checkNames();
  }

  async end(): Promise<void> {
    await this.proxy.stop();
    this.#scratch.remove();
  }

  /** The lines of all data files, without headers, sorted. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const key of await this.#keys()) {
      const [header, ...rows] = (await this.#text(key)).trimEnd().split('\n');
      assert.equal(header, 'id,value', key);
      lines.push(...rows);
    }
    return lines.sort();
  }

  async unfinished(): Promise<string[]> {
    const { Uploads = [] } = await this.#stage.client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket }));
    return Uploads.map(({ Key = '' }) => Key);
  }

  journals(): string[] {
    const folder = journalsOf(this.sync);
    return existsSync(folder) ? readdirSync(folder, 'utf8') : [];
  }

  #lines(completed: readonly number[]): string[] {
    return linesAfter(this.#mode, completed);
  }

  /** What names the current set names objects that are there, and no record stands. */
  async #checkNames(): Promise<void> {
    const latest = parseLatest(await this.#text(latestKey(PREFIX, SYNC_ID)));
    assert.ok(typeof latest === 'object');
    const keys = await this.#keys();
    for (const { key } of latest.files) assert.ok(keys.includes(key), `${key} is named, and is not there`);
    if (!this.#mode.locked) return;
    const record = JSON.parse(await this.#text(recordKey(PREFIX, SYNC_ID))) as { state: string };
    assert.equal(record.state, 'released');
  }

  async #keys(): Promise<string[]> {
    const list = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: `${PREFIX}${SYNC_ID}/` });
    const { Contents = [] } = await this.#stage.client.send(list);
    return Contents.map(({ Key = '' }) => Key);
  }

  async #text(key: string): Promise<string> {
    const { Body } = await this.#stage.client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  }
}

/** A program as one file, with that of its thread, so that its processes start fast. @returns its path */
export async function bundled(entry: string, name: string): Promise<string> {
  const outdir = path.join(CACHE, 'faults');
  const entryPoints = { [name]: path.join(REPOSITORY, entry), pipeReader: path.join(REPOSITORY, PIPE_READER) };
  await esbuild.build({
    ...{ entryPoints, outdir, outExtension: { '.js': '.cjs' }, bundle: true, platform: 'node', format: 'cjs' },
    ...{ logLevel: 'silent', external: ['@duckdb/node-api'], supported: { 'dynamic-import': false } },
    define: { 'import.meta.filename': '__filename' },
  });
  return path.join(outdir, `${name}.cjs`);
}
