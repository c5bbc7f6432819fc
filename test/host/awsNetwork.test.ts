import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import * as vscode from 'vscode';
import type { CheckResult } from '../../src/core/diagnose/checkResult.ts';
import type { Repair } from '../../src/core/diagnose/repairs.ts';
import type { Problem } from '../../src/core/problem.ts';
import { AUTHORITY, type Certificate, type FakeAws, type ProxyAnswer, startFakeAws } from '../s3/fakeAws.ts';
import { ACCOUNT } from '../s3/server.ts';
import { startSts } from '../s3/sts.ts';
import { ADMIN_KEYS, BUCKET, eventually, type HostSession, openHostSession, run } from './hostSession.ts';

const GLOBAL = vscode.ConfigurationTarget.Global;
const http = vscode.workspace.getConfiguration('http');
const set = (setting: string, value: unknown): Thenable<void> => http.update(setting, value, GLOBAL);

describe('AWS behind a proxy, over TLS', () => {
  let session: HostSession;
  let aws: FakeAws;
  const ends: (() => void | Promise<void>)[] = [];

  before(async function () {
    // Elsewhere, the system's certificates are not those that a variable names.
    const { getCACertificates } = tls as Partial<typeof tls>;
    if (!getCACertificates?.('system').some((pem) => pem.trim() === readFileSync(AUTHORITY, 'utf8').trim()))
      this.skip();
    session = await openHostSession();
    ends.push(() => session.close());
    session.s3.createBucket(BUCKET, { region: 'eu-west-1' });
    // The session cleans up where it has made the bucket.
    ends.push(() => session.s3.createBucket(BUCKET));
    const sts = await startSts(session.s3, []);
    ends.push(() => sts.stop());
    aws = await startFakeAws({ s3: session.s3.port, sts: Number(new URL(sts.endpoint).port) });
    ends.push(() => aws.stop());
    await set('proxy', aws.proxy);
  });
  beforeEach(async () => {
    const credentials = ADMIN_KEYS;
    await run('addDestination', { name: 'store', bucket: BUCKET, region: 'eu-west-1', credentials });
  });
  afterEach(async () => {
    aws.show('trusted');
    aws.answer(undefined);
    await run('removeDestination', { name: 'store' });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
  after(async () => {
    await set('proxy', undefined);
    await set('systemCertificates', undefined);
    for (const end of ends.reverse()) await end();
  });

  const check = (): Promise<CheckResult> => run<CheckResult>('checkDestination', { name: 'store' });
  const passes = async (): Promise<void> => {
    const { ok, checks } = await check();
    assert.ok(ok, JSON.stringify(checks, null, 2));
  };
  /** What is wrong, in the first step that says so. */
  const wrong = async (): Promise<Problem> => {
    const { ok, checks } = await check();
    assert.equal(ok, false);
    return checks.find(({ status }) => status === 'failed')?.problem ?? assert.fail('Nothing failed.');
  };
  const repair = async (chosen: Repair | undefined): Promise<void> => {
    assert.ok(chosen);
    await run('repairDestination', { name: 'store', repair: chosen });
  };

  it('is found where the repair says, and checked there in all steps, with who signs', async () => {
    await run('editDestination', { name: 'store', changes: { region: 'us-east-1' } });
    const { code, repairs } = await wrong();
    assert.equal(code, 'region-mismatch');
    await repair(repairs?.[0]);
    aws.asked.length = 0;
    const result = await check();
    assert.deepEqual(
      result.checks.filter(({ status }) => status !== 'ok'),
      [],
    );
    assert.deepEqual([result.account, result.identity], [ACCOUNT, `arn:aws:iam::${ACCOUNT}:user/admin`]);
    assert.ok(result.durationMs < 5000, `${result.durationMs} ms`);
    const hosts = [`${BUCKET}.s3.eu-west-1.amazonaws.com:443`, 'sts.eu-west-1.amazonaws.com:443'];
    assert.deepEqual([...new Set(aws.asked)].sort(), hosts);
  });

  const certificates: [Certificate, kind: string, says: RegExp][] = [
    ['intercepted', 'certificate-untrusted', /a proxy or a virus scanner reads along/],
    ['expired', 'certificate-expired', /has expired/],
    ['other-host', 'certificate-of-other', /is for another host/],
  ];
  it('is not trusted with certificates of others, or that have ended', async () => {
    for (const [certificate, kind, says] of certificates) {
      aws.show(certificate);
      const { code, kind: found, message, cause, repairs = [] } = await wrong();
      assert.deepEqual([code, found], ['tls-failed', kind]);
      assert.match(`${message} ${cause}`, says);
      assert.ok(repairs.length > 0);
    }
  });

  const answers: [what: string, answer: ProxyAnswer, kind: string, first: Repair][] = [
    [
      'a portal that wants a sign-in',
      { status: 302, headers: { Location: 'http://login.hotel.example/', 'Content-Type': 'text/html' } },
      'portal',
      { kind: 'retry' },
    ],
    ['a portal that says so', { status: 511, headers: { 'Content-Type': 'text/html' } }, 'portal', { kind: 'retry' }],
    [
      'a firewall',
      { status: 403, headers: { 'Content-Type': 'text/html' }, body: '<html>Blocked</html>' },
      'portal',
      { kind: 'retry' },
    ],
    ['a proxy without a way there', { status: 502 }, 'gateway', { kind: 'retry' }],
    [
      'a proxy that wants to know who asks',
      { status: 407, headers: { 'Proxy-Authenticate': 'Basic realm="corp"' } },
      'proxy-sign-in',
      { kind: 'open-setting', setting: 'http.proxy' },
    ],
  ];
  it('is told from what else may answer on the way', async () => {
    for (const [what, answer, kind, first] of answers) {
      aws.answer(answer);
      const { code, kind: found, repairs } = await wrong();
      assert.deepEqual([what, code, found], [what, 'endpoint-unreachable', kind]);
      assert.deepEqual(repairs?.[0], first);
    }
    aws.answer(undefined);
    await repair({ kind: 'retry' });
  });

  it('is reached again when the setting of the proxy, which the repair opens, is right', async () => {
    for (const nobody of ['http://127.0.0.1:9', 'http://no-such-proxy.invalid:9']) {
      await set('proxy', nobody);
      const { code, kind } = await wrong();
      assert.deepEqual([code, kind], ['endpoint-unreachable', 'no-proxy']);
    }
    const { repairs } = await wrong();
    assert.deepEqual(repairs?.[0], { kind: 'open-setting', setting: 'http.proxy' });
    await repair(repairs[0]);
    const opened = (): true | undefined =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.label === 'Settings' ? true : undefined;
    await eventually(opened, 'the settings');
    await set('proxy', aws.proxy);
    await passes();
  });

  it('is trusted when the setting of the system’s certificates, which a repair names, is on', async () => {
    await set('systemCertificates', false);
    const { code, kind, repairs } = await wrong();
    assert.deepEqual([code, kind], ['tls-failed', 'certificate-untrusted']);
    assert.deepEqual(repairs?.[0], { kind: 'open-setting', setting: 'http.systemCertificates' });
    await set('systemCertificates', undefined);
    await passes();
  });

  describe('and stores of one’s own', () => {
    const at = (endpoint: string, forcePathStyle = true): Promise<unknown> =>
      run('editDestination', { name: 'store', changes: { endpoint, forcePathStyle } });

    it('are reached with the bucket in the path, where the certificate covers no other name', async () => {
      await at('https://store.test', false);
      const { kind, repairs } = await wrong();
      assert.equal(kind, 'certificate-of-other');
      assert.deepEqual(repairs?.[0], { kind: 'set-path-style', forcePathStyle: true });
      await repair(repairs[0]);
      await passes();
    });

    it('are reached with encryption where they want it, and without where they have none', async () => {
      for (const [endpoint, right] of [
        [`http://127.0.0.1:${aws.tlsPort}`, `https://127.0.0.1:${aws.tlsPort}`],
        [session.s3.endpoint.replace('http:', 'https:'), session.s3.endpoint],
      ] as const) {
        await at(endpoint);
        const { code, repairs } = await wrong();
        assert.equal(code, 'tls-failed');
        assert.deepEqual(repairs?.[0], { kind: 'set-endpoint', endpoint: right });
        await repair(repairs[0]);
        await passes();
      }
    });
  });
});
