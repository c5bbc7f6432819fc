import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Problem } from '../../../../src/core/problem.ts';
import { Signer } from '../../../../src/core/s3/signer.ts';
import { openStore } from '../../../../src/core/s3/store.ts';
import { ACCOUNT, DEMO_ADMIN } from '../../../s3/server.ts';
import { startSts, type Sts } from '../../../s3/sts.ts';
import { AwsHome } from './awsHome.ts';
import { Bucket } from './bucket.ts';

const KEYS = { kind: 'keys', accessKeyId: DEMO_ADMIN.accessKeyId, secretAccessKey: DEMO_ADMIN.secretAccessKey };
const KEYS_IN_FILE = `aws_access_key_id = ${KEYS.accessKeyId}\naws_secret_access_key = ${KEYS.secretAccessKey}\n`;
const PROFILE = { kind: 'profile', profile: 'dev' };
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;

describe('signing in', () => {
  let bucket: Bucket;
  let sts: Sts;
  let home: AwsHome;

  before(async () => {
    bucket = await Bucket.create();
    const policy = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } as const;
    sts = await startSts(bucket.s3, [{ arn: role('other'), trusts: [role('nobody')], policy }]);
  });
  beforeEach(() => {
    home = new AwsHome();
    process.env.AWS_ENDPOINT_URL_STS = sts.endpoint;
  });
  afterEach(() => home.remove());
  after(async () => {
    await sts.stop();
    await bucket.stop();
  });

  const problemOf = async (credentials: object): Promise<Problem> => {
    const store = openStore(bucket.destination({ credentials }));
    try {
      return await bucket.problemOf(store.listFolders(''));
    } finally {
      store.close();
    }
  };
  /** A profile whose process is this program. */
  const printing = (program: string, call = ''): void => {
    const script = path.join(home.dir, 'print.cjs');
    writeFileSync(script, program);
    home.config(`[profile dev]\ncredential_process = "${process.execPath}" "${script}" ${call}\n`);
  };

  it('works again when a secret has been corrected in its file, as the repair says', async () => {
    home.credentials(`[dev]\naws_access_key_id = ${KEYS.accessKeyId}\naws_secret_access_key = mistyped\n`);
    const store = openStore(bucket.destination({ credentials: PROFILE }));
    const { code, fix, repairs } = await bucket.problemOf(store.listFolders(''));
    assert.deepEqual([code, fix], ['signature-mismatch', 'Correct the keys of dev in the AWS config files.']);
    assert.equal(repairs?.[0]?.kind, 'retry');
    home.credentials(`[dev]\n${KEYS_IN_FILE}`);
    await store.listFolders('');
    store.close();
  });

  it('offers what can be done where the keys come from', async () => {
    const wrong = { ...KEYS, secretAccessKey: 'mistyped' };
    process.env.AWS_ACCESS_KEY_ID = wrong.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = wrong.secretAccessKey;
    for (const [credentials, repair] of [
      [wrong, 'reenter-credentials'],
      [{ kind: 'assumeRole', roleArn: role('other'), source: wrong }, 'reenter-credentials'],
      [{ kind: 'env' }, 'retry'],
      [{ kind: 'default' }, 'retry'],
      [{ kind: 'assumeRole', roleArn: role('other'), source: { kind: 'env' } }, 'retry'],
    ] as const) {
      const { code, repairs } = await problemOf(credentials);
      assert.deepEqual([code, repairs?.[0]?.kind], ['signature-mismatch', repair], JSON.stringify(credentials.kind));
    }
  });

  it('is refused by a role of a profile, which is said', async () => {
    home.config(`[profile base]\n${KEYS_IN_FILE}\n[profile dev]\nrole_arn = ${role('other')}\nsource_profile = base\n`);
    const { code, permission, message } = await problemOf(PROFILE);
    assert.deepEqual([code, permission], ['access-denied', 'sts:AssumeRole']);
    assert.match(message, /may not assume the role of the profile dev/);
  });

  it('fails where a process does, and tells nothing secret of its call and of what it has printed', async () => {
    printing(
      `console.error('SecretAccessKey: "printed-secret"\\n[Log in](command:x)'); process.exit(3)`,
      '--password called-secret',
    );
    const problem = await problemOf(PROFILE);
    assert.equal(problem.code, 'credentials-missing');
    assert.match(problem.message, /the process of the profile has failed\. .*\[Log in\] \(command:x\)/);
    assert.doesNotMatch(JSON.stringify(problem), /printed-secret|called-secret/);
    printing(`console.log('{"Version":1,"AccessKeyId":5,"SecretAccessKey":{}}')`);
    assert.equal((await problemOf(PROFILE)).code, 'credentials-missing');
  });

  it('is given up where a process never ends', async () => {
    printing('setTimeout(() => 0, 3000)');
    const destination = bucket.destination({ credentials: PROFILE });
    await assert.rejects(Signer.of(destination.credentials, { destination }).provideIn(100), {
      code: 'endpoint-unreachable',
    });
  });

  it('has ended where the AWS CLI’s own sign-in has, which is to be done again', async () => {
    home.config('[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/me\n');
    const { code, fix, repairs } = await problemOf(PROFILE);
    assert.deepEqual([code, fix], ['credentials-expired', 'Sign in again: aws login --profile dev']);
    assert.equal(repairs?.[0]?.kind, 'sign-in');
  });

  it('is told from what stands in the way to STS', async () => {
    const page = http.createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to the network</html>');
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const portal = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    for (const [stsEndpoint, code, kind] of [
      [portal, 'endpoint-unreachable', 'portal'],
      ['http://127.0.0.1:1', 'endpoint-unreachable', 'refused'],
      [sts.endpoint.replace('http:', 'https:'), 'tls-failed', 'no-tls'],
    ] as const) {
      const credentials = { kind: 'assumeRole', roleArn: role('other'), source: KEYS, stsEndpoint };
      const problem = await problemOf(credentials);
      assert.deepEqual([problem.code, problem.kind], [code, kind], problem.message);
      assert.ok(problem.message.includes(stsEndpoint), problem.message);
      assert.ok(problem.repairs?.every(({ kind: repair }) => !repair.startsWith('set-')));
    }
    page.closeAllConnections();
    page.close();
  });
});
