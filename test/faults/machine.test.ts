import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MODES } from './modes.ts';
import { Stage } from './stage.ts';
import { runSync } from './sync.ts';

/** More than fits into the pipes between the exporter and the store. */
const ENDLESS = 'SELECT i AS id, md5(i::VARCHAR) AS value FROM range(100000000) AS t(i)';

describe('Machines that fail a run', () => {
  let stage: Stage;
  before(async () => (stage = await Stage.open()));
  after(() => stage.close());

  for (const mode of MODES.filter(({ name }) => ['insert', 'mirror'].includes(name))) {
    it(`${mode.name}: the exporter is killed`, async () => {
      const one = await stage.begin(mode);
      try {
        one.proxy.onRequest = () => {
          if (one.proxy.passed.some(({ target }) => target.includes('partNumber='))) killExporters(stage.program);
        };
        await assert.rejects(runSync({ ...one.sync, settings: { ...mode.settings, maxFileRows: 1e9 } }, ENDLESS), {
          code: 'query-failed',
        });
        await one.check('failed');
      } finally {
        await one.end();
      }
    });

    it(`${mode.name}: the disk is full`, async function () {
      const one = await stage.begin(mode);
      const disk = path.join(one.sync.folder, 'disk');
      mkdirSync(disk);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', disk]).status !== 0) this.skip();
      try {
        try {
          fill(disk);
          await assert.rejects(runSync({ ...one.sync, folder: disk }, 'SELECT 1 AS id'), { code: 'disk-full' });
        } finally {
          execFileSync('umount', [disk]);
        }
        await one.check('failed');
      } finally {
        await one.end();
      }
    });
  }
});

function fill(disk: string): void {
  for (let i = 0; ; i++) {
    try {
      writeFileSync(path.join(disk, `fill-${i}`), Buffer.alloc(4096));
    } catch {
      return;
    }
  }
}

/** Kills the exporters that this process has started. */
function killExporters(program: string): void {
  for (const row of execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')) {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    if (Number(parent) === process.pid && args.includes(program)) process.kill(Number(pid), 'SIGKILL');
  }
}
