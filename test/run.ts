// `npm test`: every check there is, one after the other. `--only unit,host` runs some of them.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

/** A check: a command whose exit code says whether it passed. */
interface Check {
  name: string;
  command: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types of pages', command: ['tsc', '--noEmit', '-p', 'src/webview'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'build', command: ['node', 'esbuild.mjs', '--production'] },
  // Much of their time they wait for servers that are slow on purpose.
  { name: 'unit', command: ['mocha', '--parallel', '--jobs', '2'] },
  { name: 'faults', command: ['mocha', '--config', 'test/faults/.mocharc.json'] },
  { name: 'host', command: ['node', 'test/host/run.ts'] },
  { name: 'ui', command: ['mocha', '--config', 'test/ui/.mocharc.json'] },
];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const check of CHECKS) {
  if (only !== undefined && !only.includes(check.name)) continue;
  console.log(`\n── ${check.name} ${'─'.repeat(60 - check.name.length)}`);
  const began = Date.now();
  const { code, output } = await run(check.command);
  const counts = countsOf(output, code);
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
  console.log(`${check.name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - began) / 1000).toFixed(0)} s`);
}
const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`;
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;

function run([program = '', ...args]: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    process.stdout.write(data);
  });
  child.stderr.pipe(process.stderr);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** How many tests a check ran. One that is no test runner, or that broke off, counts as a single test. */
function countsOf(output: string, code: number | null): { passed: number; failed: number; skipped: number } {
  const last = (pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const passed = last(/^\s*(\d+) (?:passing|passed)\b/gm);
  const failed = last(/(?:^\s*|, )(\d+) (?:failing|failed)\b/gm);
  const skipped = last(/(?:^\s*|, )(\d+) (?:pending|skipped)\b/gm);
  if (code === 0) return { passed: Math.max(passed, 1), failed: 0, skipped };
  return { passed, failed: Math.max(failed, 1), skipped };
}
