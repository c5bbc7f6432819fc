import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/core/sync/textOptions.ts';
import { exporters, Workspace } from './exporting.ts';

const SIZE = 300 * 2 ** 20;
/** Node itself takes some 80 MiB; the blocks that are read and deflated at a time, some 20. */
const MOST = 200 * 2 ** 20;

describe('the memory of the exporter', function () {
  this.timeout(60_000);
  const workspace = new Workspace();
  after(() => workspace.remove());

  for (const gzipLevel of [undefined, 1]) {
    it(`does not grow with the file: ${gzipLevel === undefined ? 'plain' : 'gzipped'}`, async function () {
      if (process.platform !== 'linux') this.skip();
      const file = path.join(workspace.folder, 'large.bin');
      const fd = openSync(file, 'w');
      writeSync(fd, randomBytes(20 << 20));
      ftruncateSync(fd, SIZE);
      closeSync(fd);
      const order = {
        job: { kind: 'files', files: [{ path: file, name: 'large.bin' }], convert: false },
        files: {
          ...DEFAULT_TEXT_OPTIONS,
          format: 'csv',
          maxFileBytes: 1,
          ...(gzipLevel === undefined ? {} : { gzipLevel }),
        },
      } as const;
      const running = await startExport(order, workspace.options(), () => undefined, new AbortController().signal);
      try {
        let plainBytes = 0;
        let peak = 0;
        const pid = exporters()[0]!;
        for await (const frame of running.frames) {
          if (frame.kind !== 'fileEnd') continue;
          plainBytes = frame.stats.plainBytes;
          const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
          peak = Number(kib) * 1024;
        }
        await running.summary;
        assert.equal(plainBytes, SIZE);
        assert.ok(peak > 0 && peak < MOST, `${Math.round(peak / 2 ** 20)} MiB`);
      } finally {
        await running.dispose();
      }
    });
  }
});
