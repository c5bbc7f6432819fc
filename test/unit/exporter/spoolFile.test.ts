import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { SpoolFile } from '../../../src/exporter/spoolFile.ts';
import { all, exporters, orderOf, Workspace } from './exporting.ts';

describe('SpoolFile', () => {
  let workspace: Workspace;
  beforeEach(() => (workspace = new Workspace()));
  afterEach(() => workspace.remove());

  const spool = (): SpoolFile => new SpoolFile(path.join(workspace.folder, 'rows'), 1000);

  it('gives what is written while it is read, to the last byte', async () => {
    const file = spool();
    const written: string[] = [];
    const writing = (async () => {
      await sleep(30);
      writeFileSync(file.path, '');
      for (let i = 0; i < 50; i++) {
        const text = `${i} `.repeat(i * 7);
        written.push(text);
        appendFileSync(file.path, text);
        await sleep(2);
      }
      file.writerDone();
    })();
    const blocks = await all(file);
    await writing;
    assert.equal(Buffer.concat(blocks).toString(), written.join(''));
  });

  it('is empty when the writer ends without having made it', async () => {
    const file = spool();
    setTimeout(() => file.writerDone(), 20);
    assert.deepEqual(await all(file), []);
  });

  it('gives nothing more once it was destroyed', async () => {
    const file = spool();
    setTimeout(() => file.destroy(), 20);
    assert.deepEqual(await all(file), []);
  });

  it('makes the same files as the named pipe', async () => {
    const sql = `SELECT i, i / 7 AS part, CASE WHEN i % 3 > 0 THEN 'a"b' || chr(10) || i END AS note FROM range(200000) AS r(i)`;
    const bytes = async (useSpool: boolean): Promise<Buffer> => {
      const options = { ...workspace.options(), spool: useSpool };
      const order = orderOf({ sql, gzipLevel: 4, maxFileRows: 70_000 });
      const running = await startExport(order, options, () => undefined, new AbortController().signal);
      try {
        const pieces: Buffer[] = [];
        for await (const frame of running.frames) if (frame.kind === 'data') pieces.push(Buffer.from(frame.bytes));
        await running.summary;
        return Buffer.concat(pieces);
      } finally {
        await running.dispose();
      }
    };
    const [piped, spooled] = [await bytes(false), await bytes(true)];
    assert.ok(piped.equals(spooled));
    assert.deepEqual(workspace.scratch(), []);
  });

  it('leaves no file and no process behind when the query fails or is cancelled', async () => {
    const options = { ...workspace.options(), spool: true };
    const failing = `SELECT CASE WHEN i > 900000 THEN error('boom') ELSE i::VARCHAR END FROM range(1000000) AS r(i)`;
    const failed = await startExport(orderOf({ sql: failing }), options, () => undefined, new AbortController().signal);
    all(failed.frames).catch(() => undefined);
    await assert.rejects(failed.summary, { code: 'query-failed', message: /boom/ });
    await failed.dispose();
    const stop = new AbortController();
    const order = orderOf({ sql: 'SELECT * FROM range(1000000000)' });
    const cancelled = await startExport(order, options, () => undefined, stop.signal);
    setTimeout(() => stop.abort(), 300);
    await assert.rejects(all(cancelled.frames));
    await assert.rejects(cancelled.summary, { code: 'cancelled' });
    await cancelled.dispose();
    assert.deepEqual(exporters(), []);
    assert.deepEqual(workspace.scratch(), []);
  });
});
