import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { ACCOUNT } from '../s3/server.ts';
import type { CheckResult } from '../../src/core/diagnose/checkResult.ts';
import { startSsoPortal } from '../s3/ssoPortal.ts';
import { startSts, type Sts } from '../s3/sts.ts';
import { AwsHome } from '../unit/core/s3/awsHome.ts';
import {
  ADMIN_KEYS,
  eventually,
  type HostSession,
  openHostSession,
  problemOf,
  run,
  workspaceFile,
  writeWorkspaceFile,
} from './hostSession.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/writer`;
const KEYS = `aws_access_key_id = ${ADMIN_KEYS.accessKeyId}\naws_secret_access_key = ${ADMIN_KEYS.secretAccessKey}\n`;
const SSO =
  '[profile corp]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = w\n[sso-session s]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n';

describe('ways to sign in', () => {
  let session: HostSession;
  let sts: Sts;
  let home: AwsHome;

  before(async () => {
    session = await openHostSession();
    const policy = { Statement: { Effect: 'Allow', Action: 's3:PutObject', Resource: '*' } } as const;
    const trusts = [`arn:aws:iam::${ACCOUNT}:user/admin`];
    sts = await startSts(session.s3, [{ arn: ROLE, trusts, externalId: 'agreed', policy }]);
  });
  beforeEach(() => (home = new AwsHome()));
  afterEach(async () => {
    home.remove();
    await session.clear();
  });
  after(async () => {
    await sts.stop();
    await session.close();
  });

  const exported = (destination: string): Promise<{ files: unknown[] }> =>
    run('exportQuery', { destination, syncId: 'signed', sql: 'SELECT 1 AS n' });
  const kind = async (): Promise<string | undefined> =>
    (await run<{ credentials: { kind: string } }[]>('listDestinations'))[0]?.credentials.kind;

  it('are a profile, found when it is needed', async () => {
    await session.addDestination('one', { credentials: { kind: 'profile', profile: 'dev' } });
    assert.equal(await kind(), 'profile');
    const missing = await problemOf(exported('one'));
    assert.deepEqual([missing.code, missing.destination], ['credentials-missing', 'one']);
    home.credentials(`[dev]\n${KEYS}`);
    assert.equal((await exported('one')).files.length, 1);
  });

  it('are a role on top of keys, which stay secret', async () => {
    const role = {
      kind: 'assumeRole',
      roleArn: ROLE,
      externalId: 'agreed',
      stsEndpoint: sts.endpoint,
      source: ADMIN_KEYS,
    };
    await session.addDestination('one', { credentials: role });
    assert.equal((await exported('one')).files.length, 1);
    const file = JSON.stringify(await run('exportDestinations', {}));
    assert.ok(
      file.includes(ROLE) && !file.includes(ADMIN_KEYS.secretAccessKey) && !file.includes(ADMIN_KEYS.accessKeyId),
    );
    await run('editDestination', { name: 'one', changes: { credentials: { ...role, externalId: 'guessed' } } });
    const refused = await problemOf(exported('one'));
    assert.deepEqual([refused.code, refused.permission], ['access-denied', 'sts:AssumeRole']);
  });

  it('are single sign-on, and work again when the repair has signed in', async () => {
    const portal = await startSsoPortal(session.s3, { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
    process.env.AWS_ENDPOINT_URL_SSO = portal.url;
    try {
      home.config(SSO);
      await session.addDestination('one', { credentials: { kind: 'sso', profile: 'corp' } });
      const expired = await problemOf(exported('one'));
      assert.deepEqual([expired.code, expired.destination], ['credentials-expired', 'one']);
      assert.match(expired.fix ?? '', /aws sso login --profile corp/);
      assert.deepEqual(await run('signIn', { name: 'one' }), { commandLine: 'aws sso login --profile corp' });
      const terminals = (): vscode.Terminal[] => vscode.window.terminals.filter(({ name }) => name === 'Sign In: one');
      assert.equal(terminals().length, 1);
      assert.equal((await run<CheckResult>('checkDestination', { name: 'one' })).ok, false);
      await run('repairDestination', { name: 'one', repair: { kind: 'sign-in' } });
      assert.equal(terminals().length, 2);
      for (const terminal of terminals()) terminal.dispose();
      // What the command in the terminal leaves.
      home.signIn('s', 'good-token', new Date(Date.now() + 3_600_000));
      assert.equal((await run<CheckResult>('checkDestination', { name: 'one' })).ok, true);
      await exported('one');
    } finally {
      await portal.stop();
    }
  });

  it('may take long, in which time a run can be given up', async () => {
    const asked = path.join(home.dir, 'asked');
    const script = path.join(home.dir, 'slow.cjs');
    await writeFile(
      script,
      `require('node:fs').writeFileSync(${JSON.stringify(asked)}, ''); setTimeout(() => 0, 5000);`,
    );
    home.config(`[profile slow]\ncredential_process = "${process.execPath}" "${script}"\n`);
    await session.addDestination('one', { credentials: { kind: 'profile', profile: 'slow' } });
    const syncs = [{ id: 'signed', destination: 'one', sql: 'SELECT 1 AS n' }];
    await writeWorkspaceFile('.vscode/s3-syncs.json', JSON.stringify({ syncs }));
    const outcome = problemOf(run('runSync', { syncId: 'signed' }));
    await eventually(() => (existsSync(asked) ? true : undefined), 'the process');
    await run('cancelSync', { syncId: 'signed' });
    assert.equal((await outcome).code, 'cancelled');
    await vscode.workspace.fs.delete(workspaceFile('.vscode/s3-syncs.json'));
  });

  it('run the command line interface of AWS in a terminal, with a profile of their own where none is named', async () => {
    const setting = vscode.workspace.getConfiguration('terminal.integrated.env');
    const platform = process.platform === 'darwin' ? 'osx' : 'linux';
    const said = path.join(home.dir, 'said');
    await writeFile(
      path.join(home.dir, 'aws'),
      `#!/bin/sh\necho "aws $*" | cat - "$AWS_CONFIG_FILE" >"${said}.part"\nmv "${said}.part" "${said}"\n`,
      { mode: 0o755 },
    );
    // A home of its own: what a shell reads at its start may put other programs first.
    await setting.update(platform, { HOME: home.dir, PATH: `${home.dir}:/usr/bin:/bin` }, true);
    try {
      const startUrl = 'https://corp.awsapps.com/start';
      await session.addDestination('one', {
        credentials: { kind: 'sso', startUrl, ssoRegion: 'us-east-1', accountId: ACCOUNT, roleName: 'w' },
      });
      const { commandLine } = await run<{ commandLine: string }>('signIn', { name: 'one' });
      const inFront = (): vscode.Terminal | undefined => {
        const { activeTerminal } = vscode.window;
        return activeTerminal?.name === 'Sign In: one' ? activeTerminal : undefined;
      };
      const terminal = await eventually(inFront, 'the terminal');
      await eventually(() => (existsSync(said) ? true : undefined), 'the command in the terminal');
      assert.equal(
        readFileSync(said, 'utf8'),
        `${commandLine}\n[profile s3-destinations]\nsso_start_url = ${startUrl}\nsso_region = us-east-1\n`,
      );
      terminal.dispose();
    } finally {
      await setting.update(platform, undefined, true);
    }
  });

  it('are named where they are wrong', async () => {
    const wrong: [object, RegExp][] = [
      [{ kind: 'profile' }, /“credentials\.profile” must be text/],
      [{ kind: 'profile', profile: 'a\nb' }, /“credentials\.profile” cannot be used/],
      [{ kind: 'assumeRole', roleArn: 'writer' }, /“credentials\.roleArn” cannot be used/],
      [{ kind: 'assumeRole', roleArn: ROLE, externalId: '?' }, /“credentials\.externalId”/],
      [{ kind: 'assumeRole', roleArn: ROLE, mfaSerial: 'x' }, /“credentials\.mfaSerial”/],
      [
        { kind: 'assumeRole', roleArn: ROLE, source: { ...ADMIN_KEYS, secretAccessKey: 'hush hush' } },
        /“credentials\.source\.secretAccessKey”/,
      ],
      [{ kind: 'sso' }, /“credentials\.startUrl”/],
      [{ kind: 'sso', startUrl: 'http://x', ssoRegion: 'us-east-1' }, /“credentials\.startUrl”/],
    ];
    for (const [credentials, reason] of wrong) {
      const { code, message } = await problemOf(session.addDestination('one', { credentials }));
      assert.equal(code, 'invalid-argument');
      assert.match(message, reason);
      assert.doesNotMatch(message, /hush/);
    }
  });
});
