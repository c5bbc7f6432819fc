import assert from 'node:assert/strict';
import dns from 'node:dns';
import * as vscode from 'vscode';
import type { CheckResult } from '../../src/core/diagnose/checkResult.ts';
import type { IamPolicy } from '../../src/core/diagnose/iamPolicy.ts';
import { ACCOUNT, DEMO_ADMIN } from '../s3/server.ts';
import type { Statement } from '../s3/policy.ts';
import { ADMIN_KEYS, BUCKET, eventually, type HostSession, openHostSession, problemOf, run } from './hostSession.ts';

const ALL: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = (Action: string): { Statement: Statement } => ({
  Statement: { Effect: 'Deny', Principal: '*', Action, Resource: `arn:aws:s3:::${BUCKET}/*` },
});

type Looked = (error: Error | null, ...found: unknown[]) => void;

describe('diagnosing', () => {
  let session: HostSession;

  before(async () => (session = await openHostSession()));
  beforeEach(() => {
    session.s3.setUserPolicy(DEMO_ADMIN.name, { Statement: ALL });
    session.s3.setBucketPolicy(BUCKET, undefined);
  });
  afterEach(async () => {
    session.s3.setUserPolicy(DEMO_ADMIN.name, { Statement: ALL });
    session.s3.setBucketPolicy(BUCKET, undefined);
    session.s3.faults.clear();
    await session.clear();
  });
  after(() => session.close());

  const check = (argument: object): Promise<CheckResult> => run<CheckResult>('checkDestination', argument);
  const exportTo = (more: object = {}): Promise<unknown> =>
    run('exportQuery', { destination: 'store', syncId: 'orders', sql: 'SELECT 1 AS n', ...more });

  it('checks a destination, and leaves nothing there', async () => {
    await session.addDestination('store');
    const result = await check({ name: 'store', for: 'mirror' });
    assert.equal(result.ok, true);
    assert.deepEqual(
      result.checks.map(({ id }) => id),
      ['reachability', 'clock', 'identity', 'region', 'list', 'put', 'multipart', 'get', 'delete'],
    );
    assert.ok(!JSON.stringify(result).includes(ADMIN_KEYS.secretAccessKey));
    await session.assertNothingThere();
  });

  it('checks a destination that is changed meanwhile as it is then', async () => {
    await session.addDestination('store');
    const change = async (): Promise<void> => {
      await run('editDestination', { name: 'store', changes: { bucket: 'nowhere' } });
    };
    const changed = session.s3.faults.add({ op: 'PutObject', run: change });
    const result = await check({ name: 'store' });
    assert.equal(changed.hits, 1);
    assert.deepEqual(
      result.checks.flatMap(({ problem }) => problem?.code ?? []),
      ['bucket-not-found'],
    );
  });

  it('finds no error in a destination whose keys are lost, but says so', async () => {
    const problem = await problemOf(check({ name: 'nowhere' }));
    assert.equal(problem.code, 'invalid-argument');
  });

  it('gives the policy with which a check passes', async () => {
    await session.addDestination('store');
    session.s3.setUserPolicy(DEMO_ADMIN.name, undefined);
    assert.equal((await check({ name: 'store', for: 'mirror' })).ok, false);
    const { policy } = await run<{ policy: IamPolicy }>('copyIamPolicy', { name: 'store', for: 'mirror' });
    assert.deepEqual(JSON.parse(await vscode.env.clipboard.readText()), policy);
    session.s3.setUserPolicy(DEMO_ADMIN.name, policy);
    assert.equal((await check({ name: 'store', for: 'mirror' })).ok, true);
    await exportTo({ mode: 'mirror' });
    await exportTo({ mode: 'mirror', sql: 'SELECT 2 AS n' });
    session.s3.setUserPolicy(DEMO_ADMIN.name, { Statement: ALL });
  });

  it('copies the policy that allows what was refused, whatever that was', async () => {
    const kmsKeyId = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    await session.addDestination('store');
    await session.addDestination('sealed', { options: { encryption: 'aws:kms', kmsKeyId } });
    const insert = await run<{ policy: IamPolicy }>('copyIamPolicy', { name: 'store', for: 'insert' });
    const refused: [permission: RegExp, destination: string, work: () => Promise<unknown>][] = [
      // Both are asked for at once.
      [/^s3:(DeleteObject|ListBucket)$/, 'store', () => exportTo({ mode: 'mirror' })],
      [/^s3:ListBucket$/, 'store', () => run('listOutputs', { destination: 'store' })],
      [/^s3:ListBucketMultipartUploads$/, 'store', () => run('listUploads', { destination: 'store' })],
      [/^kms:GenerateDataKey$/, 'sealed', () => exportTo({ destination: 'sealed' })],
    ];
    for (const [permission, name, work] of refused) {
      session.s3.setUserPolicy(DEMO_ADMIN.name, insert.policy);
      const problem = await problemOf(work());
      assert.match(problem.permission ?? '', permission);
      const repair = problem.repairs?.find(({ kind }) => kind === 'copy-policy');
      await run('repairDestination', { name, repair });
      const copied = JSON.parse(await vscode.env.clipboard.readText()) as IamPolicy;
      session.s3.setUserPolicy(DEMO_ADMIN.name, copied);
      await work();
    }
  });

  it('runs each mode with no more than its policy', async () => {
    await session.addDestination('store');
    const modes = [
      ['insert', {}],
      ['mirror', { mode: 'mirror' }],
      ['audience', { kind: 'audience', mode: 'upsert', primaryKey: ['n'] }],
    ] as const;
    for (const [purpose, mode] of modes) {
      const { policy } = await run<{ policy: IamPolicy }>('copyIamPolicy', { name: 'store', for: purpose });
      session.s3.setUserPolicy(DEMO_ADMIN.name, policy);
      for (const n of [1, 2]) await exportTo({ syncId: purpose, ...mode, sql: `SELECT ${n} AS n` });
    }
  });

  it('stops a mirror that may not delete before anything is uploaded', async () => {
    await session.addDestination('store');
    session.s3.setBucketPolicy(BUCKET, deny('s3:DeleteObject'));
    session.s3.requests.length = 0;
    const problem = await problemOf(exportTo({ mode: 'mirror' }));
    assert.deepEqual([problem.code, problem.permission], ['explicit-deny', 's3:DeleteObject']);
    assert.ok(session.s3.requests.every(({ op = '' }) => !/^(Put|CreateMultipart|Upload)/.test(op)));
    await exportTo();
    session.s3.setBucketPolicy(BUCKET, undefined);
    await exportTo({ mode: 'mirror' });
  });

  it('asks the store once in some minutes', async () => {
    await session.addDestination('store');
    await exportTo();
    session.s3.requests.length = 0;
    await exportTo();
    assert.ok(session.s3.requests.every(({ op = '' }) => !op.startsWith('List')));
  });

  it('makes no repair that is none', async () => {
    await session.addDestination('store');
    const wrong = [
      null,
      undefined,
      5,
      [],
      {},
      { kind: 'x' },
      { kind: 'set-region' },
      { kind: 'set-region', region: 5 },
    ];
    for (const repair of [...wrong, { kind: 'open-setting', setting: 5 }, { kind: 'copy-policy', also: 5 }]) {
      const problem = await problemOf(run('repairDestination', { name: 'store', repair }));
      assert.equal(problem.code, 'invalid-argument', JSON.stringify(repair));
    }
    await run('repairDestination', {
      name: 'store',
      repair: { kind: 'set-region', region: 'eu-west-1', bucket: 'b-b' },
    });
    const [{ bucket, region } = {}] = await run<{ bucket?: string; region?: string }[]>('listDestinations');
    assert.deepEqual([bucket, region], [BUCKET, 'eu-west-1']);
  });

  it('repairs the region', async () => {
    session.s3.createBucket('far-away', { region: 'eu-west-1' });
    await session.addDestination('store', { bucket: 'far-away' });
    const { repairs } = await problemOf(exportTo());
    await repaired(repairs?.[0]);
  });

  it('repairs the name of the bucket', async () => {
    await session.addDestination('store', { bucket: 'acme-dta' });
    const { checks } = await check({ name: 'store' });
    await repaired(checks.find(({ id }) => id === 'region')?.problem?.repairs?.[0]);
  });

  it('repairs where the bucket stands', async () => {
    // Some systems know all names below localhost, unlike those of a store of one's own.
    const { lookup } = dns;
    const known = lookup as (host: string, options: object, done: Looked) => void;
    const asked = (host: string, options: object, done: Looked): void => {
      const [below, here] = [host.endsWith('.store.test'), host === 'store.test'];
      if (!below) known(here ? '127.0.0.1' : host, options, done);
      else done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', hostname: host }));
    };
    dns.lookup = asked as typeof dns.lookup;
    try {
      const endpoint = session.s3.endpoint.replace('127.0.0.1', 'store.test');
      await session.addDestination('store', { endpoint, forcePathStyle: false });
      const { checks } = await check({ name: 'store' });
      const { kind, repairs } = checks[0]?.problem ?? {};
      assert.equal(kind, 'bucket-in-host-name');
      await repaired(repairs?.[0]);
    } finally {
      dns.lookup = lookup;
    }
  });

  it('repairs the checksums', async () => {
    await session.addDestination('store', { checksums: 'supported' });
    const message = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER not implemented';
    const answer = { status: 501, code: 'NotImplemented', message };
    const header = 'x-amz-sdk-checksum-algorithm';
    const fault = session.s3.faults.add({ op: 'PutObject', header, times: 1000, answer });
    const { checks } = await check({ name: 'store' });
    const { problem } = checks.find(({ id }) => id === 'put') ?? {};
    assert.equal(problem?.code, 'unsupported-by-store');
    await repaired(problem.repairs?.[0]);
    assert.equal(fault.hits, 2);
  });

  it('repairs credentials that are wrong', async () => {
    await session.addDestination('store', { credentials: { ...ADMIN_KEYS, secretAccessKey: 'not-the-one' } });
    const { repairs } = await problemOf(exportTo());
    assert.deepEqual(repairs, [{ kind: 'reenter-credentials' }]);
    await run('reenterCredentials', { name: 'store', credentials: ADMIN_KEYS });
    assert.equal((await check({ name: 'store' })).ok, true);
  });

  it('leads to the form for what only a person knows, and passes with what is changed', async () => {
    await session.addDestination('store', { bucket: 'quite-another-one' });
    const { repairs } = await problemOf(exportTo());
    const [repair] = repairs ?? [];
    assert.deepEqual(repair, { kind: 'edit-destination' });
    const edited = problemOf(run('repairDestination', { name: 'store', repair }));
    const form = await eventually(
      () =>
        vscode.window.tabGroups.all
          .flatMap(({ tabs }) => tabs)
          .find(({ input }) => input instanceof vscode.TabInputWebview),
      'the form',
    );
    await vscode.window.tabGroups.close(form);
    assert.equal((await edited).code, 'cancelled');
    assert.equal((await check({ name: 'store' })).ok, false);
    await run('editDestination', { name: 'store', changes: { bucket: BUCKET } });
    assert.equal((await check({ name: 'store' })).ok, true);
  });

  it('refuses a repair that is none', async () => {
    await session.addDestination('store');
    assert.equal((await problemOf(run('repairDestination', { name: 'store' }))).code, 'invalid-argument');
  });

  it('shows what a person has asked for as a document', async () => {
    await session.addDestination('store');
    session.s3.setBucketPolicy(BUCKET, deny('s3:PutObject'));
    const node = { kind: 'destination', destination: { name: 'store' } };
    void run('checkDestination', node);
    const document = await eventually(
      () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 's3destinations-report'),
      'the report',
    );
    const text = document.getText();
    assert.match(text, /^# Check of store/);
    assert.match(text, /✕ .*Write .*s3:PutObject/);
    assert.match(text, /## Request ids/);
    assert.ok(!text.includes(ADMIN_KEYS.secretAccessKey));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  async function repaired(repair: object | undefined): Promise<void> {
    assert.ok(repair !== undefined, 'there is a repair');
    assert.equal((await check({ name: 'store' })).ok, false);
    await run('repairDestination', { name: 'store', repair });
    const after = await check({ name: 'store' });
    assert.equal(after.ok, true, JSON.stringify(after.checks, null, 2));
  }
});
