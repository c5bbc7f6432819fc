import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noVscode = {
  paths: [{ name: 'vscode', message: 'The core and the exporter run without VS Code.' }],
};
const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportAllDeclaration',
  message: 'Named exports only, and no barrels.',
};

const plainMessages = {
  selector: 'MemberExpression[object.property.name="window"][property.name=/^show(Information|Warning|Error)Message$/]',
  message: 'What is told has no links: use messages.ts.',
};

export default defineConfig(
  globalIgnores(['dist/', '**/.cache/', 'test/ui/output/', 'test/fixtures/*/', '**/node_modules/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Its remedy is the assertion that another rule forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      'max-lines': ['error', { max: 350 }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, plainMessages] },
  },
  {
    files: ['src/core/**/*.ts', 'src/exporter/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', noVscode] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'require',
          'module',
          'exports',
          '__dirname',
          'setTimeout',
          'URL',
          'fetch',
          'performance',
        ].map((n) => [n, 'readonly']),
      ),
    },
  },
  prettier,
);
