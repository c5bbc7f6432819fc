import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { RunResult } from '../../src/core/sync/runResult.ts';
import { eventually, type HostSession, openHostSession, run } from './hostSession.ts';

/** Large enough to be sent in parts, while the query is still running. */
const LARGE = 'SELECT i, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM range(500_000) AS r(i)';

describe('an exporter', () => {
  let session: HostSession;
  before(async () => {
    session = await openHostSession();
    await session.addDestination('store', { target: { gzip: false } });
  });
  after(async () => session.close());

  /** The exporters of this extension host. */
  function exporters(): string[] {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
    return rows.flatMap((row) => {
      const [pid = '', parent, state = '', ...args] = row.trim().split(/\s+/);
      const isOurs = Number(parent) === process.pid && !state.startsWith('Z');
      return isOurs && args.join(' ').includes('exporter.cjs') ? [pid] : [];
    });
  }
  const waiting = (): Promise<string> =>
    eventually(() => {
      const all = exporters();
      return all.length === 1 ? all[0] : undefined;
    }, 'an exporter that waits');

  it('waits after an export, and is the one that does what comes next', async () => {
    const request = { destination: 'store', syncId: 'large', sql: LARGE };
    await run<RunResult>('exportQuery', { ...request, sql: 'SELECT 1 AS i' });
    const before = await waiting();
    let during: string[] = [];
    session.s3.faults.add({ op: 'CreateMultipartUpload', run: () => void (during = exporters()) });
    const { rows } = await run<RunResult>('exportQuery', request);
    assert.deepEqual(during, [before]);
    assert.equal(rows.written, 500_000);
    assert.notEqual(await waiting(), before);
  });

  it('waits after a preview, too', async () => {
    const request = { destination: 'store', syncId: 'previewed', sql: 'SELECT 1 AS i' };
    await run('exportQuery', request);
    const before = await waiting();
    await run('previewSync', request);
    assert.notEqual(await waiting(), before);
  });
});
