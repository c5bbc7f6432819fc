import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type Destination, parseDestination } from '../../../../src/core/destination/destination.ts';
import { parseExportRequest } from '../../../../src/core/sync/exportRequest.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../../src/core/sync/textOptions.ts';

const MAX_FILE_BYTES = 1 << 30;
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const destination = parseDestination({ name: 'prod', bucket: 'my-bucket', credentials });

const parse = (value: unknown, defaults: Destination) => parseExportRequest(value, defaults, MAX_FILE_BYTES);

describe('parseExportRequest', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(parse({ syncId: ' users ' }, destination), {
      syncId: 'users',
      kind: 'model',
      mode: 'insert',
      primaryKey: [],
      onlyNewRows: false,
      allowEmptyMirror: false,
      fullRun: false,
      format: 'csv',
      gzip: true,
      fileName: '{run_time}-{run}-{part}.{ext}',
      emptyFile: false,
      text: DEFAULT_TEXT_OPTIONS,
      maxFileBytes: MAX_FILE_BYTES,
    });
  });

  it('takes what the destination says, unless the export says otherwise', () => {
    const plain = parseDestination({ ...destination, target: { format: 'jsonl', gzip: false } });
    const { format, gzip } = parse({ syncId: 'users' }, plain);
    assert.deepEqual([format, gzip], ['jsonl', false]);
    const own = parse({ syncId: 'users', format: 'csv', gzip: true }, plain);
    assert.deepEqual([own.format, own.gzip], ['csv', true]);
  });

  it('takes everything that is given', () => {
    const whole = {
      syncId: 'a.b_c-1',
      kind: 'audience',
      mode: 'upsert',
      primaryKey: ['id', 'region'],
      onlyNewRows: false,
      allowEmptyMirror: true,
      fullRun: true,
      format: 'jsonl',
      gzip: false,
      fileName: 'latest/{part}.{ext}',
      emptyFile: true,
      maxFileBytes: 5_000_000,
      maxFileRows: 1000,
    };
    const csv = { delimiter: ';', nullText: '-', quoteAll: true, crlf: true, bom: true, header: false };
    const text = { csv: { ...csv, escapeFormulas: true }, jsonl: { bigNumbersAsStrings: true } };
    assert.deepEqual(parse({ ...whole, ...text }, destination), { ...whole, text });
  });

  it('tells kind and mode from one another', () => {
    const of = (given: object) => {
      const { kind, mode, primaryKey } = parse({ syncId: 'users', ...given }, destination);
      return [kind, mode, ...primaryKey];
    };
    assert.deepEqual(of({ mode: 'mirror' }), ['model', 'mirror']);
    assert.deepEqual(of({ kind: 'audience', primaryKey: 'id' }), ['audience', 'add', 'id']);
    assert.deepEqual(of({ mode: 'upsert', primaryKey: ['id'] }), ['audience', 'upsert', 'id']);
    assert.deepEqual(of({ kind: 'audience', mode: 'mirror', primaryKey: ['id'] }), ['audience', 'mirror', 'id']);
    assert.deepEqual(of({ onlyNewRows: true, primaryKey: ['id'] }), ['model', 'insert', 'id']);
  });

  it('refuses kinds, modes, keys and options that do not go together', () => {
    const refused: [object, RegExp][] = [
      [{ kind: 'model', mode: 'upsert' }, /“mode” cannot be upsert for a model/],
      [{ kind: 'audience', mode: 'insert', primaryKey: 'id' }, /“mode” cannot be insert for an audience/],
      [{ mode: 'add' }, /An audience needs “primaryKey”/],
      [{ onlyNewRows: true }, /“onlyNewRows” needs “primaryKey”/],
      [{ mode: 'mirror', onlyNewRows: true, primaryKey: 'id' }, /“onlyNewRows” is for mode insert/],
      [{ mode: 'add', primaryKey: [] }, /“primaryKey” must be/],
      [{ mode: 'add', primaryKey: [1] }, /“primaryKey” must be/],
      [{ mode: 'add', primaryKey: ['id', 'id'] }, /“primaryKey” names a column twice/],
    ];
    for (const [given, message] of refused) {
      assert.throws(() => parse({ syncId: 'users', ...given }, destination), { code: 'invalid-argument', message });
    }
  });

  const wrong: [field: string, value: unknown, reason: RegExp][] = [
    ['syncId', undefined, /“syncId” must be text/],
    ['syncId', '', /“syncId” cannot be used\. A sync id is required/],
    ['syncId', '../users', /“syncId” cannot be used/],
    ['syncId', '_s3destinations', /“syncId” cannot be used/],
    ['mode', 'append', /“mode” must be "insert"/],
    ['format', 'parquet', /“format” must be "csv" or "jsonl"/],
    ['gzip', 'yes', /“gzip” must be true or false/],
    ['fileName', 5, /“fileName” must be text/],
    ['fileName', '../{part}', /“fileName” cannot be used/],
    ['maxFileBytes', 0, /“maxFileBytes”/],
    ['maxFileBytes', 1.5, /“maxFileBytes”/],
    ['maxFileBytes', 2 ** 50, /“maxFileBytes” cannot be used\. It may be at most 5242880000000/],
    ['maxFileRows', '10', /“maxFileRows”/],
    ['csv', ';', /“csv” must be an object/],
    ['csv', { delimiter: '' }, /“csv\.delimiter” cannot be used/],
    ['csv', { delimiter: '"' }, /“csv\.delimiter” cannot be used/],
    ['csv', { delimiter: ';;' }, /“csv\.delimiter” cannot be used/],
    ['csv', { delimiter: '\ud800' }, /“csv\.delimiter” cannot be used/],
    ['csv', { nullText: 'a\udc00' }, /“csv\.nullText” cannot be used/],
    ['csv', { delimiter: ';', nullText: 'a;b' }, /“csv\.nullText” cannot be used/],
    ['csv', { bom: 'yes' }, /“csv\.bom” must be true or false/],
    ['jsonl', { bigNumbersAsStrings: 1 }, /“jsonl\.bigNumbersAsStrings” must be true or false/],
    ['emptyFile', 1, /“emptyFile” must be true or false/],
  ];
  for (const [field, value, reason] of wrong) {
    it(`refuses ${field}: ${inspect(value)}`, () => {
      assert.throws(() => parse({ syncId: 'users', [field]: value }, destination), {
        code: 'invalid-argument',
        message: reason,
      });
    });
  }

  it('refuses what is no object', () => {
    for (const value of [undefined, null, 'users', []]) {
      assert.throws(() => parse(value, destination), { code: 'invalid-argument' });
    }
  });
});
