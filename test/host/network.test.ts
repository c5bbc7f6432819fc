import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { DEMO_ADMIN, type EmbeddedS3, startS3 } from '../s3/server.ts';

const BUCKET = 'network';
/** Some 210 MB that gzip is kept away from: 42 parts of 5 MiB. */
const LARGE = `SELECT repeat(md5(i::VARCHAR), 32) AS text FROM range(205000) AS r(i)`;
const PARTS_AT_ONCE = 4;

const run = <R>(command: string, argument: unknown): Thenable<R> =>
  vscode.commands.executeCommand<R>(`s3Destinations.${command}`, argument);

describe('the network', () => {
  let s3: EmbeddedS3;
  const upload = vscode.workspace.getConfiguration('s3Destinations.upload');

  const define = async (name: string, endpoint: string): Promise<void> => {
    const { accessKeyId, secretAccessKey } = DEMO_ADMIN;
    const credentials = { kind: 'keys', accessKeyId, secretAccessKey };
    await run('addDestination', { name, bucket: BUCKET, endpoint, forcePathStyle: true, credentials });
  };

  before(async () => {
    s3 = await startS3();
    s3.createBucket(BUCKET);
    await upload.update('partSize', 5, vscode.ConfigurationTarget.Global);
    await upload.update('concurrency', PARTS_AT_ONCE, vscode.ConfigurationTarget.Global);
  });
  after(async () => {
    await upload.update('partSize', undefined, vscode.ConfigurationTarget.Global);
    await upload.update('concurrency', undefined, vscode.ConfigurationTarget.Global);
    await s3.stop();
  });

  it('sends the parts of a large file over few connections, through the editor’s proxy support', async () => {
    assert.equal(vscode.workspace.getConfiguration('http').get('proxySupport'), 'override');
    await define('direct', s3.endpoint);
    const from = s3.requests.length;
    const result = await run<RunResult>('exportQuery', {
      destination: 'direct',
      syncId: 'large',
      sql: LARGE,
      gzip: false,
    });
    const requests = s3.requests.slice(from);
    const parts = requests.filter(({ op }) => op === 'UploadPart');
    assert.ok(parts.length >= 40, `${parts.length} parts`);
    const connections = new Set(requests.map(({ remotePort }) => remotePort));
    assert.ok(connections.size <= PARTS_AT_ONCE + 2, `${connections.size} connections`);
    assert.equal(result.rows.written, 205_000);
    await run('removeDestination', { name: 'direct' });
  });

  it('makes the parts larger where a file may be so large that 10,000 of them would not do', async () => {
    const part = 12 * 1024 * 1024;
    await define('vast', s3.endpoint);
    const from = s3.requests.length;
    // S3 takes 10,000 parts: those of 5 MiB, as they are set here, reach to 49 GiB.
    const result = await run<RunResult>('exportQuery', {
      destination: 'vast',
      syncId: 'vast',
      sql: `${LARGE} LIMIT 30000`,
      gzip: false,
      maxFileBytes: part * 9_900,
    });
    const sent = s3.requests.slice(from).filter(({ op }) => op === 'UploadPart');
    const [{ bytes } = assert.fail('There is no file.')] = result.files;
    assert.equal(sent.length, Math.ceil(bytes / part));
    assert.ok(sent.length > 1, `${sent.length} parts`);
    await run('removeDestination', { name: 'vast' });
  });

  it('goes through the proxy that http.proxy names', async () => {
    const http = vscode.workspace.getConfiguration('http');
    const { proxy, port } = await startProxy();
    try {
      await http.update('proxy', `http://127.0.0.1:${port}`, vscode.ConfigurationTarget.Global);
      // Only the proxy knows this name.
      await define('proxied', `http://store.test:${s3.port}`);
      const result = await run<RunResult>('exportQuery', {
        destination: 'proxied',
        syncId: 'proxied',
        sql: 'SELECT 42 AS answer',
      });
      assert.equal(result.files.length, 1);
      const passed = (await (await fetch(`http://127.0.0.1:${port}/count`)).json()) as Record<string, number>;
      assert.ok(passed.requests! + passed.tunnels! > 0, JSON.stringify(passed));
      assert.ok(s3.requests.some(({ op, key }) => op === 'PutObject' && key === result.files[0]?.key));
    } finally {
      await http.update('proxy', undefined, vscode.ConfigurationTarget.Global);
      await run('removeDestination', { name: 'proxied' });
      proxy.kill();
    }
  });
});

async function startProxy(): Promise<{ proxy: ChildProcess; port: number }> {
  const program = path.join(import.meta.dirname, '../fixtures/forwardProxy.cjs');
  const proxy = fork(program, [], { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [line] = (await once(proxy.stdout!, 'data')) as [Buffer];
  return { proxy, port: Number(line.toString()) };
}
