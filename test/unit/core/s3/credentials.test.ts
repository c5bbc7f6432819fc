import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProblemError } from '../../../../src/core/problem.ts';
import { listProfiles } from '../../../../src/core/s3/profiles.ts';
import type { SignerHooks } from '../../../../src/core/s3/signer.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import type { Policy } from '../../../s3/policy.ts';
import { ACCOUNT, DEMO_ADMIN } from '../../../s3/server.ts';
import { startSsoPortal, type SsoPortal } from '../../../s3/ssoPortal.ts';
import { startSts, type Sts } from '../../../s3/sts.ts';
import { AwsHome } from './awsHome.ts';
import { Bucket, LARGE } from './bucket.ts';

const ALL: Policy = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
const ADMIN_ARN = `arn:aws:iam::${ACCOUNT}:user/admin`;
const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const MFA = { serial: `arn:aws:iam::${ACCOUNT}:mfa/me`, code: '123456' };
const HOUR = 3_600_000;
const SSO_PROFILE =
  '[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = writer\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n';
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

describe('credentials', () => {
  let bucket: Bucket;
  let sts: Sts;
  let home: AwsHome;
  let portal: SsoPortal;

  before(async () => {
    bucket = await Bucket.create();
    sts = await startSts(bucket.s3, [
      { arn: role('plain'), trusts: [ADMIN_ARN], policy: ALL },
      { arn: role('partner'), trusts: [ADMIN_ARN], externalId: 'agreed', policy: ALL },
      { arn: role('second'), trusts: [`arn:aws:sts::${ACCOUNT}:assumed-role/plain/s3-destinations`], policy: ALL },
      { arn: role('guarded'), trusts: [ADMIN_ARN], mfa: MFA, policy: ALL },
      { arn: role('short'), trusts: [ADMIN_ARN], policy: ALL, lifeMs: 3000 },
    ]);
    portal = await startSsoPortal(bucket.s3, ALL);
  });
  beforeEach(() => {
    home = new AwsHome();
    process.env.AWS_ENDPOINT_URL_STS = sts.endpoint;
    process.env.AWS_ENDPOINT_URL_SSO = portal.url;
    sts.requests.length = 0;
    portal.tokens.length = 0;
  });
  afterEach(() => {
    home.remove();
    bucket.reset();
  });
  after(async () => {
    await portal.stop();
    await sts.stop();
    await bucket.stop();
  });

  const list = async (credentials: object, hooks: SignerHooks = {}): Promise<void> => {
    const store = openStore(bucket.destination({ credentials }), hooks);
    try {
      await store.listFolders('');
    } finally {
      store.close();
    }
  };
  const problemOf = (credentials: object, hooks?: SignerHooks): Promise<ProblemError['problem']> =>
    bucket.problemOf(list(credentials, hooks));
  const assumed = (name: string, more: object = {}): object => ({
    kind: 'assumeRole',
    roleArn: role(name),
    source: KEYS,
    ...more,
  });
  const keysInFile = `aws_access_key_id = ${KEYS.accessKeyId}\naws_secret_access_key = ${KEYS.secretAccessKey}\n`;

  describe('of profiles', () => {
    it('are keys', async () => {
      home.credentials(`[dev]\n${keysInFile}`);
      await list({ kind: 'profile', profile: 'dev' });
    });

    it('are found anew after the file has changed', async () => {
      home.credentials('[dev]\naws_access_key_id = AKIDGONE\naws_secret_access_key = x\n');
      const store = openStore(bucket.destination({ credentials: { kind: 'profile', profile: 'dev' } }));
      assert.equal((await bucket.problemOf(store.listFolders(''))).code, 'invalid-access-key');
      home.credentials(`[dev]\n${keysInFile}`);
      await store.listFolders('');
      store.close();
    });

    it('are a role, on top of another profile', async () => {
      home.config(
        `[profile base]\n${keysInFile}\n[profile dev]\nrole_arn = ${role('partner')}\nsource_profile = base\nexternal_id = agreed\n`,
      );
      await list({ kind: 'profile', profile: 'dev' });
      assert.deepEqual(
        sts.requests.map(({ role, user }) => [role, user]),
        [[role('partner'), ADMIN_ARN]],
      );
    });

    it('are what a process prints', async () => {
      const script = path.join(home.dir, 'print.cjs');
      const output = { Version: 1, AccessKeyId: KEYS.accessKeyId, SecretAccessKey: KEYS.secretAccessKey };
      writeFileSync(script, `console.log(${JSON.stringify(JSON.stringify(output))})`);
      home.config(`[profile dev]\ncredential_process = "${process.execPath}" "${script}"\n`);
      await list({ kind: 'profile', profile: 'dev' });
    });

    it('are missing where there is no file, no such profile, or nothing in it', async () => {
      const none = await problemOf({ kind: 'profile', profile: 'dev' });
      assert.deepEqual([none.code, none.destination], ['credentials-missing', 'test']);
      home.config('[profile dev]\nregion = eu-west-1\n');
      assert.equal((await problemOf({ kind: 'profile', profile: 'dev' })).code, 'credentials-missing');
      assert.equal((await problemOf({ kind: 'profile', profile: 'other' })).code, 'credentials-missing');
    });

    it('survive odd files', async () => {
      for (const text of [
        '\uFEFF[dev]\n',
        '[dev',
        'AWS_ACCESS_KEY_ID=x\n[DEV]\nAWS_ACCESS_KEY_ID=X\n',
        '\0\0\0',
        '[profile dev]\n='.repeat(50),
      ]) {
        home.config(text);
        home.credentials(text);
        assert.equal(
          (await problemOf({ kind: 'profile', profile: 'dev' })).code,
          'credentials-missing',
          JSON.stringify(text),
        );
      }
      mkdirSync(path.join(home.dir, 'folder'));
      process.env.AWS_CONFIG_FILE = path.join(home.dir, 'folder');
      assert.equal((await problemOf({ kind: 'profile', profile: 'other' })).code, 'credentials-missing');
    });

    it('are listed with how they sign in, 5,000 of them in no time', async () => {
      assert.deepEqual(await listProfiles(), []);
      const many = Array.from(
        { length: 5000 },
        (_, i) => `[profile p${i}]\nsso_session = corp\nsso_account_id = 123456789012\n`,
      );
      home.config(
        `${many.join('')}[sso-session corp]\nsso_region = us-east-1\n[profile run]\ncredential_process = x\n`,
      );
      home.credentials(`[dev]\n${keysInFile}`);
      const began = performance.now();
      const profiles = await listProfiles();
      assert.ok(performance.now() - began < 5000);
      assert.equal(profiles.length, 5002);
      assert.deepEqual(profiles[0], { name: 'p0', detail: 'single sign-on · 123456789012' });
      assert.deepEqual(
        profiles
          .slice(-2)
          .map(({ detail }) => detail)
          .sort(),
        ['access keys', 'process'],
      );
      assert.ok(!JSON.stringify(profiles).includes(KEYS.secretAccessKey));
    });
  });

  describe('of a role', () => {
    it('are assumed, with the external id', async () => {
      await list(assumed('plain'));
      await list(assumed('partner', { externalId: 'agreed', sessionName: 'nightly' }));
      assert.deepEqual(
        sts.requests.map(({ session }) => session),
        ['s3-destinations', 'nightly'],
      );
    });

    it('stand on those of another', async () => {
      await list({ kind: 'assumeRole', roleArn: role('second'), source: assumed('plain') });
      assert.equal(sts.requests.length, 2);
    });

    it('are asked of the store itself, or of the STS that is named', async () => {
      delete process.env.AWS_ENDPOINT_URL_STS;
      await list(assumed('plain', { stsEndpoint: sts.endpoint }));
      bucket.s3.requests.length = 0;
      assert.equal((await problemOf(assumed('plain'))).code, 'credentials-missing');
      assert.deepEqual([sts.requests.length, bucket.s3.requests.length], [1, 1]);
    });

    it('are refused for another external id, a role that does not trust, keys that are unknown', async () => {
      const refused = await problemOf(assumed('partner', { externalId: 'guessed' }));
      assert.deepEqual([refused.code, refused.permission], ['access-denied', 'sts:AssumeRole']);
      assert.equal((await problemOf(assumed('second'))).code, 'access-denied');
      const unknown = { ...KEYS, accessKeyId: 'AKIDUNKNOWN' };
      assert.equal((await problemOf(assumed('plain', { source: unknown }))).code, 'invalid-access-key');
      const wrong = { ...KEYS, secretAccessKey: 'not-the-secret' };
      const mismatch = await problemOf(assumed('plain', { source: wrong }));
      assert.equal(mismatch.code, 'signature-mismatch');
      assert.ok(!JSON.stringify(mismatch).includes('not-the-secret'));
    });

    it('take the code of an MFA device, asked once for all requests', async () => {
      const asked: string[] = [];
      const guarded = assumed('guarded', { mfaSerial: MFA.serial });
      const store = openStore(bucket.destination({ credentials: guarded }), {
        askMfaCode: (serial) => Promise.resolve(asked.push(serial) > 0 ? MFA.code : ''),
      });
      await Promise.all([store.listFolders(''), store.listFolders('a/'), store.listObjects('')]);
      store.close();
      assert.deepEqual(asked, [MFA.serial]);
      assert.equal((await problemOf(guarded)).code, 'credentials-missing');
      assert.equal((await problemOf(guarded, { askMfaCode: () => Promise.resolve('000000') })).code, 'access-denied');
    });

    it('tell their secrets to whoever keeps them out of the log', async () => {
      const secrets: string[] = [];
      await list(assumed('plain'), { onSecret: (value) => void secrets.push(value) });
      const [session] = [...bucket.s3.accounts.values()].filter(({ secretAccessKey }) =>
        secrets.includes(secretAccessKey),
      );
      assert.deepEqual(secrets, [session?.secretAccessKey, session?.sessionToken]);
    });
  });

  describe('of single sign-on', () => {
    const hour = (): Date => new Date(Date.now() + HOUR);

    it('come with the token of the last sign-in', async () => {
      home.config(SSO_PROFILE);
      home.signIn('corp', 'good-token', hour());
      await list({ kind: 'sso', profile: 'dev' });
      await list({ kind: 'profile', profile: 'dev' });
      assert.deepEqual(portal.tokens, ['good-token', 'good-token']);
    });

    it('need no profile where all is said', async () => {
      const startUrl = 'https://corp.awsapps.com/start';
      home.signIn(startUrl, 'good-token', hour());
      await list({ kind: 'sso', startUrl, ssoRegion: 'us-east-1', accountId: '123456789012', roleName: 'writer' });
    });

    it('have expired where there was no sign-in, or it is over, or it is no longer valid; and are back after the next', async () => {
      home.config(SSO_PROFILE);
      const store = openStore(bucket.destination({ credentials: { kind: 'sso', profile: 'dev' } }));
      const expired = async (): Promise<void> => {
        const { code, fix, destination } = await bucket.problemOf(store.listFolders(''));
        assert.deepEqual(
          [code, fix, destination],
          ['credentials-expired', 'Sign in again: aws sso login --profile dev', 'test'],
        );
      };
      await expired();
      home.signIn('corp', 'good-token', new Date(Date.now() - 1000));
      await expired();
      home.signIn('corp', 'revoked-token', hour());
      await expired();
      home.signIn('corp', 'good-token', hour());
      await store.listFolders('');
      store.close();
    });
  });

  it('of the environment and of the default chain are found, or said to be missing', async () => {
    for (const kind of ['env', 'default']) assert.equal((await problemOf({ kind })).code, 'credentials-missing');
    home.credentials(`[default]\n${keysInFile}`);
    await list({ kind: 'default' });
    process.env.AWS_ACCESS_KEY_ID = KEYS.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = KEYS.secretAccessKey;
    await list({ kind: 'env' });
  });

  it('are renewed in the middle of runs that outlive them, wherever they come from', async () => {
    const life = 3000;
    home.config(`${SSO_PROFILE}[profile printed]\ncredential_process = ${printing(home, bucket, life)}\n`);
    home.signIn('corp', 'good-token', new Date(Date.now() + HOUR));
    portal.lifeMs = life;
    bucket.s3.faults.add({ op: 'UploadPart', times: 15, delayMs: 1200 });
    const ways = [assumed('short'), { kind: 'sso', profile: 'dev' }, { kind: 'profile', profile: 'printed' }];
    const runs = ways.map((credentials, i) =>
      bucket.run(LARGE, { syncId: `long-${i}`, gzip: false }, { destination: { credentials }, partsAtOnce: 1 }),
    );
    for (const { files } of await Promise.all(runs)) assert.equal(files.length, 1);
    portal.lifeMs = HOUR;
    const fetched = [sts.requests.length, portal.tokens.length, timesPrinted(home)];
    assert.ok(
      fetched.every((times) => times >= 2),
      fetched.join(', '),
    );
  }).timeout(60_000);

  it('that cannot be renewed end a run with nothing to see', async () => {
    const sessionToken = randomBytes(20).toString('hex');
    const temporary = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'temporary', sessionToken };
    bucket.s3.accounts.set('ASIATEMPORARY', {
      name: 'temporary',
      ...temporary,
      policy: ALL,
      expires: new Date(Date.now() + 2500),
    });
    bucket.s3.faults.add({ op: 'UploadPart', times: 5, delayMs: 1200 });
    const destination = { credentials: { kind: 'keys', ...temporary } };
    const { code, message } = await bucket.problemOf(
      bucket.run(LARGE, { syncId: 'ends', gzip: false }, { destination, partsAtOnce: 1 }),
    );
    assert.equal(code, 'credentials-expired');
    assert.ok(!message.includes(sessionToken));
  }).timeout(60_000);
});

/** A program that prints temporary credentials, and notes that it has; each good for `lifeMs` after those before. */
function printing(home: AwsHome, { s3 }: Bucket, lifeMs: number): string {
  const sessions = Array.from({ length: 9 }, (_, i) => {
    const expires = new Date(Date.now() + (i + 1) * lifeMs);
    const keys = { accessKeyId: `ASIAPRINTED${i}`, secretAccessKey: `printed-${i}`, sessionToken: `token-${i}` };
    s3.accounts.set(keys.accessKeyId, { name: 'printed', ...keys, policy: ALL, expires });
    return { ...keys, expires };
  });
  const printed = sessions.map(({ accessKeyId, secretAccessKey, sessionToken, expires }) => ({
    ...{ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken },
    Expiration: expires.toISOString(),
  }));
  const script = path.join(home.dir, 'print-next.cjs');
  writeFileSync(
    script,
    `const all = ${JSON.stringify(printed)};
require('node:fs').appendFileSync(${JSON.stringify(noteOf(home))}, '.');
console.log(JSON.stringify(all.find(({ Expiration }) => Date.parse(Expiration) > Date.now() + ${lifeMs / 2})));
`,
  );
  return `"${process.execPath}" "${script}"`;
}

const noteOf = (home: AwsHome): string => path.join(home.dir, 'printed');

function timesPrinted(home: AwsHome): number {
  return readFileSync(noteOf(home)).length;
}
