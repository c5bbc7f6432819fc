import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as vscode from 'vscode';
import { parseDestination } from '../../src/core/destination/destination.ts';
import { recordFailedRun } from '../../src/core/sync/runHistory.ts';
import { newRunId } from '../../src/core/sync/runId.ts';
import { DestinationStore } from '../../src/vscode/destinations/destinationStore.ts';
import { Stores } from '../../src/vscode/destinations/stores.ts';
import { CheckResults } from '../../src/vscode/diagnose/checkResults.ts';
import { Log } from '../../src/vscode/log.ts';
import { type DefinedSync, NO_DEFINED_SYNCS } from '../../src/vscode/outputs/definedSyncs.ts';
import type { OutputNode } from '../../src/vscode/outputs/outputNodes.ts';
import { OutputsTree } from '../../src/vscode/outputs/outputsTree.ts';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../s3/server.ts';
import { emptyContext } from './editorMemory.ts';
import { ADMIN_KEYS, eventually } from './hostSession.ts';

const HOUR = 3_600_000;
const ODD = ['a b+c', '100%', 'quote\'s "two"', 'é 漢字 😀', '<&>', `long-${'x'.repeat(900)}`];

describe('the tree of outputs', () => {
  let s3: EmbeddedS3;
  let client: S3Client;
  let tree: OutputsTree;
  let destinations: DestinationStore;
  let stores: Stores;
  let log: Log;
  let defined: DefinedSync[] = [];
  /** Where they are defined; by default at all destinations. */
  let definedAt: string | undefined;
  const definedChanged = new vscode.EventEmitter<undefined>();
  const checks = new CheckResults();

  before(async () => {
    s3 = await startS3();
    const credentials = ADMIN_KEYS;
    client = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    const channel = vscode.window.createOutputChannel('The tree of outputs', { log: true });
    log = new Log(channel);
    destinations = new DestinationStore(emptyContext(), log);
    stores = new Stores(destinations, log);
    const syncs = {
      of: (name: string) => (name === (definedAt ?? name) ? defined : []),
      onDidChange: definedChanged.event,
    };
    tree = new OutputsTree({ destinations, stores, checks, defined: syncs, history: os.tmpdir(), log });
    for (const [bucket, prefix] of [
      ['some', 'a'],
      ['many', ''],
      ['empty', ''],
    ] as const) {
      s3.createBucket(bucket);
      const fields = { name: bucket, bucket, pathPrefix: prefix, endpoint: s3.endpoint, forcePathStyle: true };
      await destinations.add(parseDestination({ ...fields, credentials: ADMIN_KEYS }));
    }
  });
  afterEach(async () => {
    defined = [];
    definedAt = undefined;
    await tree.setFilter(undefined);
  });
  after(async () => {
    tree.dispose();
    stores.dispose();
    destinations.dispose();
    client.destroy();
    await s3.stop();
  });

  const put = (Bucket: string, Key: string, Body = 'x'): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket, Key, Body }));
  const at = (name: string): OutputNode => tree.destinationNode(name)!;
  const labels = async (nodes: readonly OutputNode[]): Promise<string[]> =>
    Promise.all(nodes.map(async (node) => ((await tree.getTreeItem(node)).label as string | undefined) ?? ''));
  const below = async (node: OutputNode): Promise<string[]> => labels(await tree.getChildren(node));
  const listings = (): number => s3.requests.filter(({ op }) => op === 'ListObjectsV2').length;

  it('opens 200,000 objects of 2,000 syncs by one request, and the newest runs of 100,000 by a few', async function () {
    this.timeout(60_000);
    const keys = function* (): Generator<string> {
      for (let i = 0; i < 100_000; i++)
        yield `sync-${String(i % 1999).padStart(4, '0')}/20260102T030405Z-${String(i).padStart(6, '0')}-00000.csv`;
      for (let i = 0; i < 100_000; i++) {
        const { time } = newRunId(new Date(Date.now() - (100_000 - i) * HOUR));
        yield `hourly/${time}-${i.toString(16).padStart(6, '0')}-00000.csv.gz`;
      }
    };
    s3.seed('many', keys());
    await tree.getChildren(at('empty'));
    s3.requests.length = 0;
    const began = Date.now();
    const level = await tree.getChildren(at('many'));
    const took = Date.now() - began;
    assert.equal(listings(), 1);
    // The target is one second on a quiet machine.
    assert.ok(took < 5000, `${took} ms`);
    assert.deepEqual([level.length, (await labels(level)).at(-1)], [201, 'Load more…']);
    const more = level.at(-1);
    if (more?.kind === 'more') await tree.loadMore(more);
    assert.equal((await tree.getChildren(at('many'))).length, 401);
    // A run that has ended does not take away what was loaded.
    await tree.changed('many', 'hourly');
    assert.equal((await tree.getChildren(at('many'))).length, 401);

    s3.requests.length = 0;
    const runs = await tree.getChildren(level[0]);
    assert.equal(level[0]!.kind === 'sync' && level[0].syncId, 'hourly');
    const ids = runs.flatMap((node) => (node.kind === 'run' ? [node.runId.slice(-6)] : []));
    assert.deepEqual(
      ids,
      Array.from({ length: 200 }, (_, i) => (99_999 - i).toString(16).padStart(6, '0')),
    );
    assert.ok(listings() <= 12, `${listings()} listings`);
  });

  it('finds a name on whatever page it is', async () => {
    await tree.setFilter('SYNC-1998');
    assert.deepEqual(await below(at('many')), ['sync-1998']);
    await tree.setFilter('no such thing');
    assert.deepEqual(await below(at('many')), ['No name contains “no such thing”']);
  });

  it('shows what is foreign as such, with any name, and nothing of another prefix', async () => {
    for (const name of ODD) await put('some', `a/one/${name}`);
    await put('some', 'a/one/20260102T030405Z-0a1b2c-00000.csv');
    for (const key of ['a/readme.md', 'a/old stuff/x+y.csv', 'ab/two/x.csv', 'top.txt']) await put('some', key);
    const level = await tree.getChildren(at('some'));
    assert.deepEqual(await labels(level), ['one', 'Other objects']);
    assert.deepEqual(await below(level[1]!), ['old stuff', 'readme.md']);
    const [run, others] = await tree.getChildren(level[0]);
    assert.deepEqual(await below(run!), ['20260102T030405Z-0a1b2c-00000.csv']);
    assert.deepEqual((await below(others!)).sort(), [...ODD].sort());
    const [folder] = await tree.getChildren(level[1]);
    assert.deepEqual(await below(folder!), ['x+y.csv']);
    for (const name of ['deep/x.csv', 'deeper/x.csv', 'made by a console/']) await put('some', `a/two/${name}`);
    await tree.refresh();
    const [, two] = await tree.getChildren(at('some'));
    const [of] = await tree.getChildren(two);
    assert.deepEqual(await below(of!), ['deep/x.csv', 'deeper/x.csv', 'made by a console/']);
    for (const Key of ['deep/x.csv', 'deeper/x.csv', 'made by a console/'])
      await client.send(new DeleteObjectCommand({ Bucket: 'some', Key: `a/two/${Key}` }));
    await tree.refresh();
  });

  it('says when there is nothing, and when what was there is gone', async () => {
    assert.deepEqual(await below(at('empty')), ['No outputs yet']);
    const { runId } = { runId: '20260102T030405Z-0a1b2c' };
    const sync = tree.syncNode('some', 'one');
    const [run] = await tree.getChildren(sync);
    assert.equal(run?.kind === 'run' && run.runId, runId);
    await tree.refresh(sync);
    s3.faults.add({ op: 'ListObjectsV2', times: 1, answer: { status: 503, code: 'SlowDown' } });
    assert.equal((await tree.getChildren(sync)).length, 2);
  });

  it('shows defined syncs although nothing can be listed, and says why', async () => {
    defined = [{ syncId: 'planned', kind: 'model', mode: 'mirror' }];
    await tree.refresh();
    assert.deepEqual(await below(at('empty')), ['planned']);
    const [planned] = await tree.getChildren(at('empty'));
    assert.equal((await tree.getTreeItem(planned!)).description, 'model · mirror · not run yet');
    s3.setUserPolicy(DEMO_ADMIN.name, undefined);
    try {
      await tree.refresh();
      const level = await tree.getChildren(at('empty'));
      assert.deepEqual(
        level.map(({ kind }) => kind),
        ['sync', 'note'],
      );
      assert.match((await below(at('empty')))[1]!, /not allowed|may not|denied/i);
    } finally {
      s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    }
  });

  it('has the syncs whose first run has failed, and what went wrong', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 's3d-history-'));
    const startedAt = new Date().toISOString();
    const error = { code: 'query-failed' as const, message: 'There is no such table.' };
    const run = {
      runId: '20260102T030405Z-0a1b2c',
      syncId: 'unlucky',
      mode: 'insert' as const,
      startedAt,
      durationMs: 5,
    };
    await recordFailedRun(folder, await destinations.get('empty'), { ...run, status: 'failed', error });
    const other = new OutputsTree({ destinations, stores, checks, defined: NO_DEFINED_SYNCS, history: folder, log });
    try {
      const [sync] = await other.getChildren(other.destinationNode('empty'));
      assert.equal((await other.getTreeItem(sync!)).description, 'no completed run');
      const [failed] = await other.getChildren(sync);
      assert.match(String((await other.getTreeItem(failed!)).description), /^failed: query failed/);
    } finally {
      other.dispose();
      rmSync(folder, { recursive: true });
    }
  });

  it('tells whether the bucket keeps versions, and when that may not be asked', async () => {
    const { store } = await stores.get('empty');
    assert.equal(await store.keepsVersions(), false);
    for (const [Status, keeps] of [
      ['Enabled', true],
      // Versions that are there stay, also of what is deleted from now on.
      ['Suspended', undefined],
    ] as const) {
      const VersioningConfiguration = { Status };
      await client.send(new PutBucketVersioningCommand({ Bucket: 'empty', VersioningConfiguration }));
      assert.equal(await store.keepsVersions(), keeps);
    }
    s3.setUserPolicy(DEMO_ADMIN.name, undefined);
    assert.equal(await store.keepsVersions(), undefined);
    s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
  });

  it('needs the right to list the prefix only', async () => {
    const Condition = { StringLike: { 's3:prefix': 'a/*' } };
    const list = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::some', Condition } as const;
    s3.setUserPolicy(DEMO_ADMIN.name, { Statement: list });
    try {
      await tree.refresh();
      const level = await tree.getChildren(at('some'));
      assert.deepEqual(await labels(level), ['one', 'Other objects']);
      assert.equal((await tree.getChildren(level[0]))[0]?.kind, 'run');
    } finally {
      s3.setUserPolicy(DEMO_ADMIN.name, DEMO_ADMIN.policy);
    }
  });

  it('gives up what is being read when it is refreshed, and goes on with what is read anew', async () => {
    await tree.refresh();
    s3.faults.add({ op: 'ListObjectsV2', times: 1, hang: 'before' });
    const began = Date.now();
    const reading = tree.getChildren(at('some'));
    setTimeout(() => void tree.refresh(at('some')), 200);
    assert.deepEqual(await labels(await reading), ['one', 'Other objects']);
    assert.ok(Date.now() - began < 5000);
    assert.deepEqual(await below(at('some')), ['one', 'Other objects']);
  });

  it('keeps nothing of a destination that is removed, or that is another one now', async () => {
    const fields = { bucket: 'some', endpoint: s3.endpoint, forcePathStyle: true, credentials: ADMIN_KEYS };
    const destination = (pathPrefix: string) => parseDestination({ name: 'moved', pathPrefix, ...fields });
    const runId = '20260102T030405Z-0a1b2c';
    const manifest = {
      ...{ version: 1, runId, syncId: 'one', status: 'completed', kind: 'model', mode: 'insert', format: 'csv' },
      ...{ gzip: false, columns: [], rows: { read: 42, written: 42 }, replaced: [], durationMs: 1 },
      files: [{ key: `p/one/${runId}-00000.csv`, bytes: 1, rows: 42, sha256: 'ab'.repeat(32) }],
    };
    for (const prefix of ['p', 'q']) await put('some', `${prefix}/one/${runId}-00000.csv`);
    await put('some', `p/_s3destinations/one/runs/${runId}.json`, JSON.stringify(manifest));
    await destinations.add(destination('p'));
    const described = async (): Promise<string> => {
      const [run] = await tree.getChildren(tree.syncNode('moved', 'one'));
      return String((await tree.getTreeItem(run!)).description);
    };
    await described();
    await new Promise((resolve) => tree.onDidChangeTreeData(resolve));
    assert.match(await described(), /42 rows/);
    await destinations.update('moved', destination('q'));
    assert.doesNotMatch(await described(), /42 rows/);
    await tree.refresh();
    const fault = s3.faults.add({ op: 'ListObjectsV2', times: 1, hang: 'before' });
    const reading = tree.getChildren(at('moved'));
    await eventually(() => (fault.hits > 0 ? true : undefined), 'the request that hangs');
    await destinations.remove('moved');
    assert.deepEqual(await reading, []);
  });

  it('draws only destinations anew whose syncs are others than before: an action of a row that is drawn anew does not know it', async () => {
    definedAt = 'some';
    definedChanged.fire(undefined);
    await tree.getChildren();
    const drawn: unknown[] = [];
    const watch = tree.onDidChangeTreeData((changed) => drawn.push(changed));
    try {
      definedChanged.fire(undefined);
      assert.deepEqual(drawn, []);
      for (const activity of ['queued', 'running'] as const) {
        defined = [{ syncId: 'one', activity }];
        definedChanged.fire(undefined);
        definedChanged.fire(undefined);
        assert.deepEqual(drawn.splice(0), [[at('some')]]);
      }
      defined = [];
      definedChanged.fire(undefined);
      assert.deepEqual(drawn, [[at('some')]]);
    } finally {
      watch.dispose();
    }
  });

  it('shows a run although it is read anew meanwhile, and has the editor draw nothing anew before it is shown', async () => {
    await tree.refresh();
    const drawn: string[] = [];
    const watch = tree.onDidChangeTreeData((changed) => drawn.push(changed === undefined ? 'all' : 'some of it'));
    const shown: OutputNode[] = [];
    const view = {
      reveal: async (node: OutputNode): Promise<void> => {
        shown.push(node);
        definedAt = 'some';
        defined = [{ syncId: 'one', activity: 'running' }];
        definedChanged.fire(undefined);
        checks.begin('some').failed({ code: 'access-denied', message: 'No.' });
        await tree.changed('some', 'one');
        await tree.getChildren(at('some'));
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.deepEqual(drawn, []);
      },
    };
    try {
      s3.faults.add({ op: 'ListObjectsV2', times: 1, hang: 'before' });
      setTimeout(() => void tree.changed('some', 'one'), 200);
      await tree.show(view, 'some', 'one', '20260102T030405Z-0a1b2c');
      assert.deepEqual(drawn, ['some of it']);
      await tree.show({ reveal: (node) => Promise.resolve(void shown.push(node)) }, 'some', 'one', 'not-there');
      assert.deepEqual(
        shown.map((node) => (node.kind === 'run' ? node.runId : node.kind)),
        ['20260102T030405Z-0a1b2c', 'sync'],
      );
    } finally {
      watch.dispose();
      checks.begin('some').succeeded();
    }
  });
});
