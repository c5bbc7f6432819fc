import { execFile, execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface RadosgwOptions {
  /**
   * A second gateway with a region of its own, us-east-1. A bucket made there is known to both at once; the second learns
   * of one made in the first after up to 20 seconds.
   */
  twoRegions?: boolean;
  /** The first region over https too, with a self-signed certificate. */
  tls?: boolean;
  /** More lines for the gateways' configuration, `rgw max concurrent requests = 4`. */
  config?: string[];
}

/** A running Ceph object gateway: a real S3 of another maker. */
export interface Radosgw {
  /** eu-west-1 */
  endpoint: string;
  /** us-east-1, with `twoRegions`. */
  usEndpoint: string | undefined;
  /** eu-west-1, with `tls`. */
  httpsEndpoint: string | undefined;
  /** PEM file, with `tls`. */
  certificate: string | undefined;
  /** Owns what it creates; has no rights elsewhere. */
  admin: Keys;
  /** Likewise. Its ARN in bucket policies is `RADOSGW_OTHER_ARN`. */
  other: Keys;
  /**
   * Runs radosgw-admin, for quotas, suspended users, new keys.
   * @returns what it prints
   * @throws Error with what it prints if it fails
   */
  administer(...args: string[]): string;
  /** Process id of the first gateway, to freeze or kill it. */
  gatewayPid(): number;
  /** Ends all daemons and removes their folder. */
  stop: () => Promise<void>;
}

export const RADOSGW_OTHER_ARN = 'arn:aws:iam:::user/other';

const SCRIPTS = path.join(import.meta.dirname, 'ceph');
const PORTS = 13;
const run = promisify(execFile);

/** Whether `ceph/install.sh` has been run here, or the packages are there in another way. */
export function radosgwInstalled(): boolean {
  const dirs = (process.env.PATH ?? '').split(path.delimiter);
  const found = (program: string) => dirs.some((dir) => fs.existsSync(path.join(dir, program)));
  return ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool'].every(found);
}

/**
 * Starts radosgw on free ports of 127.0.0.1, empty, its data in memory. Takes about three seconds.
 * The daemons end with `stop`, or else with this process.
 * @throws Error with the end of the daemons' logs if one does not start; nothing is left behind then
 */
export async function startRadosgw(options: RadosgwOptions = {}): Promise<Radosgw> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 's3-radosgw-'));
  const wipe = [path.join(SCRIPTS, 'stop.sh'), dir, '--wipe'];
  const atExit = () => void spawnSync('bash', wipe);
  process.once('exit', atExit);
  const stop = async () => {
    await run('bash', wipe);
    process.off('exit', atExit);
  };
  const port = await freePorts(PORTS);
  const [usPort, tlsPort, monPort] = [port + 1, port + 2, port + 3];
  const env = {
    ...process.env,
    CEPH_STORE: 'memstore',
    RGW_EXTRA: (options.config ?? []).join('\n'),
    US_PORT: options.twoRegions ? String(usPort) : '',
    TLS_PORT: options.tls ? String(tlsPort) : '',
  };
  try {
    await run('bash', [path.join(SCRIPTS, 'start.sh'), dir, String(port), String(monPort)], { env });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    usEndpoint: options.twoRegions ? `http://127.0.0.1:${usPort}` : undefined,
    httpsEndpoint: options.tls ? `https://127.0.0.1:${tlsPort}` : undefined,
    certificate: options.tls ? path.join(dir, 'tls.pem') : undefined,
    admin: { accessKeyId: 'AKIAADMINADMIN000001', secretAccessKey: 'adminsecretadminsecretadminsecret000001' },
    other: { accessKeyId: 'AKIAOTHEROTHER000002', secretAccessKey: 'othersecretothersecretothersecret000002' },
    administer: (...args) =>
      execFileSync('radosgw-admin', ['-c', path.join(dir, 'ceph.conf'), ...args], { encoding: 'utf8', stdio: 'pipe' }),
    gatewayPid: () => Number(fs.readFileSync(path.join(dir, 'run', 'client.rgw.eu.pid'), 'utf8')),
    stop,
  };
}

/** The first of `count` ports in a row that nobody listens on. They are below those that the system hands out itself. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`No ${count} free ports in a row`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
