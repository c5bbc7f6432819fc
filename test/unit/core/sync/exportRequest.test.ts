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
      mode: 'insert',
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
      mode: 'insert',
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
    ['maxFileRows', '10', /“maxFileRows”/],
    ['csv', ';', /“csv” must be an object/],
    ['csv', { delimiter: '' }, /“csv\.delimiter” cannot be used/],
    ['csv', { delimiter: '"' }, /“csv\.delimiter” cannot be used/],
    ['csv', { delimiter: ';;' }, /“csv\.delimiter” cannot be used/],
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
