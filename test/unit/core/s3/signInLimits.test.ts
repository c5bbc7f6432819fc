import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { credentialLoader } from '../../../../src/core/s3/credentialLoader.ts';
import { ACCOUNT, DEMO_ADMIN } from '../../../s3/server.ts';
import { AwsHome } from './awsHome.ts';
import { Bucket } from './bucket.ts';

const KEYS = {
  kind: 'keys',
  accessKeyId: DEMO_ADMIN.accessKeyId,
  secretAccessKey: DEMO_ADMIN.secretAccessKey,
} as const;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/plain`;
const LIMITS = { connectionTimeout: 100, requestTimeout: 100, throwOnRequestTimeout: true };

describe('an STS that takes requests and says nothing', () => {
  let bucket: Bucket;
  let home: AwsHome;
  let silent: net.Server;
  let stsEndpoint: string;

  before(async () => (bucket = await Bucket.create()));
  beforeEach(async () => {
    home = new AwsHome();
    silent = net.createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    stsEndpoint = `http://127.0.0.1:${(silent.address() as net.AddressInfo).port}`;
    process.env.AWS_ENDPOINT_URL_STS = stsEndpoint;
  });
  afterEach(async () => {
    home.remove();
    silent.close();
    // Nobody is connected any more.
    await once(silent, 'close');
  });
  after(() => bucket.stop());

  it('is given up, whoever asks it for a role', async () => {
    home.config(`[profile dev]\nrole_arn = ${ROLE}\nsource_profile = keys\n`);
    home.credentials(
      `[keys]\naws_access_key_id = ${KEYS.accessKeyId}\naws_secret_access_key = ${KEYS.secretAccessKey}\n`,
    );
    const context = { destination: bucket.destination() };
    for (const credentials of [
      { kind: 'assumeRole', roleArn: ROLE, source: KEYS, stsEndpoint },
      { kind: 'profile', profile: 'dev' },
    ] as const) {
      await assert.rejects(credentialLoader(credentials, context, LIMITS)(), { code: 'endpoint-unreachable' });
    }
  });
});
