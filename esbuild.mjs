// Builds the three bundles. Flags: --watch, --production (minified, no source maps, size budgets enforced).
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** The size each minified bundle must stay under, in bytes. */
const budgets = { 'dist/extension.cjs': 100_000, 'dist/s3.cjs': 650_000, 'dist/exporter.cjs': 500_000 };

/** The extension's bundle reaches the SDK part only through this module, and only when it is first needed. */
const S3_ENTRY = path.join(root, 'src/core/s3/store.ts');

/** Fails the build when a file that must run without VS Code imports it. */
const vscodeStaysOut = {
  name: 'vscode-stays-out-of-the-core',
  setup(build) {
    build.onResolve({ filter: /^vscode$/ }, ({ importer }) => {
      const file = path.relative(root, importer).replaceAll('\\', '/');
      if (/^src\/(core|exporter)\//.test(file)) return { errors: [{ text: `${file} must not import vscode` }] };
      return { path: 'vscode', external: true };
    });
  },
};

/** Turns `import('…/core/s3/store.ts')` into a load of the bundle next door, so that the extension's own stays thin. */
const s3OnFirstUse = {
  name: 's3-on-first-use',
  setup(build) {
    build.onResolve({ filter: /\/store\.ts$/ }, ({ path: specifier, resolveDir, kind }) => {
      if (kind !== 'dynamic-import' || path.resolve(resolveDir, specifier) !== S3_ENTRY) return undefined;
      return { path: './s3.cjs', external: true };
    });
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  minify: production,
  sourcemap: !production,
  sourcesContent: false,
  metafile: true,
  logLevel: 'info',
  legalComments: 'none',
};
const bundles = [
  {
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.cjs',
    plugins: [vscodeStaysOut, s3OnFirstUse],
  },
  { ...common, entryPoints: [S3_ENTRY], outfile: 'dist/s3.cjs', plugins: [vscodeStaysOut] },
  {
    ...common,
    entryPoints: ['src/exporter/main.ts'],
    outfile: 'dist/exporter.cjs',
    plugins: [vscodeStaysOut],
    external: ['@duckdb/node-api'],
  },
];

function checkBudgets() {
  let over = false;
  for (const [file, budget] of Object.entries(budgets)) {
    const { size } = statSync(path.join(root, file));
    if (size <= budget) continue;
    console.error(`${file}: ${size} bytes are over its budget of ${budget}`);
    over = true;
  }
  if (over) process.exit(1);
}

if (watch) {
  for (const options of bundles) await (await esbuild.context(options)).watch();
} else {
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(bundles.map((options) => esbuild.build(options)));
  if (production) checkBudgets();
}
