// Tests of this harness itself: `node test/vscode/selftest.ts [--grep PATTERN]`. They take about two minutes.
import { globSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';

const { values } = parseArgs({ options: { grep: { type: 'string' } } });
const mocha = new Mocha({ reporter: 'spec', timeout: 60_000, forbidOnly: true });
if (values.grep !== undefined) mocha.grep(new RegExp(values.grep));
for (const file of globSync('selftest/*.test.ts', { cwd: import.meta.dirname }).sort()) {
  mocha.addFile(path.join(import.meta.dirname, file));
}
await mocha.loadFilesAsync();
const runner = mocha.run((failures) => {
  console.log(`${runner.stats!.passes} passed, ${failures} failed`);
  process.exitCode = failures === 0 && runner.stats!.passes > 0 ? 0 : 1;
});
