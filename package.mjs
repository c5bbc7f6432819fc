// Makes the VSIX of this platform: `npm run package`, or `npm run package -- --out FILE`.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';

const root = path.dirname(fileURLToPath(import.meta.url));
const BINDING = 'node-bindings-';

/** The platform that the installed engine is for, as VS Code calls it: elsewhere VS Code does not install the VSIX. */
function targetPlatform() {
  const bindings = readdirSync(path.join(root, 'node_modules/@duckdb')).filter((name) => name.startsWith(BINDING));
  if (bindings.length !== 1) throw new Error(`One engine must be installed, not ${bindings.length}; run \`npm ci\`.`);
  const platform = bindings[0].slice(BINDING.length);
  return platform.endsWith('-musl') ? platform.replace(/^linux-(.+)-musl$/, 'alpine-$1') : platform;
}

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const target = targetPlatform();
const file = path.resolve(values.out ?? path.join(root, `s3-destinations-${target}.vsix`));
process.chdir(root);
try {
  await createVSIX({ target, packagePath: file });
  console.log(`${path.basename(file)}: ${statSync(file).size} bytes`);
} catch (error) {
  // What vsce throws is not always an error.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
