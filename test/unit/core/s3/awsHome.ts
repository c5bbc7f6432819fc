import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const VARIABLES = [
  'HOME',
  'USERPROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_PROFILE',
  'AWS_REGION',
];
const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** A home folder with AWS config files of its own, for as long as a test runs. */
export class AwsHome {
  readonly dir = mkdtempSync(path.join(os.tmpdir(), 's3d-aws-'));
  readonly #before = { ...process.env };

  constructor() {
    mkdirSync(path.join(this.dir, '.aws/sso/cache'), { recursive: true });
    for (const name of [...VARIABLES, ...KEYS]) Reflect.deleteProperty(process.env, name);
    process.env.HOME = this.dir;
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
  }

  config(text: string): void {
    writeFileSync(path.join(this.dir, '.aws/config'), text);
  }

  credentials(text: string): void {
    writeFileSync(path.join(this.dir, '.aws/credentials'), text);
  }

  /** Leaves what `aws sso login` leaves. @param id the session's name, or the start URL */
  signIn(id: string, accessToken: string, expiresAt: Date): void {
    const name = createHash('sha1').update(id).digest('hex');
    const token = { startUrl: id, accessToken, expiresAt: expiresAt.toISOString(), region: 'us-east-1' };
    writeFileSync(path.join(this.dir, `.aws/sso/cache/${name}.json`), JSON.stringify(token));
  }

  remove(): void {
    for (const name of Object.keys(process.env)) if (!(name in this.#before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, this.#before);
    rmSync(this.dir, { recursive: true, force: true });
  }
}
