import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KINDS, MODES } from '../../../../../src/core/sync/exportRequest.ts';
import { SYNC_PROPERTIES } from '../../../../../src/core/sync/definition/readSync.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../../src/core/sync/textOptions.ts';

interface Schema {
  description?: string;
  markdownDescription?: string;
  enum?: string[];
  default?: unknown;
  properties?: Record<string, Schema>;
}

const FILE = path.join(import.meta.dirname, '../../../../../schemas/s3-syncs.schema.json');

describe('the schema of the definitions', () => {
  const { definitions } = JSON.parse(readFileSync(FILE, 'utf8')) as { definitions: { sync: Schema } };
  const properties = definitions.sync.properties ?? {};

  it('knows every property, and says what it is', () => {
    assert.deepEqual(Object.keys(properties).sort(), [...SYNC_PROPERTIES].sort());
    for (const [name, { markdownDescription = '' }] of Object.entries(properties))
      assert.match(markdownDescription, /\.$/, name);
  });

  it('knows the values and the defaults', () => {
    assert.deepEqual([properties.kind?.enum, properties.mode?.enum], [[...KINDS], [...MODES]]);
    for (const format of ['csv', 'jsonl'] as const) {
      const options = Object.entries(properties[format]?.properties ?? {}).map(([name, option]) => [
        name,
        option.default,
      ]);
      assert.deepEqual(Object.fromEntries(options), DEFAULT_TEXT_OPTIONS[format]);
    }
  });
});
