import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { parseDestination } from '../../../../src/core/destination/destination.ts';
import { parseExportRequest } from '../../../../src/core/sync/exportRequest.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const destination = parseDestination({ name: 'prod', bucket: 'my-bucket', credentials });

describe('parseExportRequest', () => {
  it('fills in the defaults', () => {
    assert.deepEqual(parseExportRequest({ syncId: ' users ' }, destination), {
      syncId: 'users',
      mode: 'insert',
      format: 'csv',
      gzip: true,
      fileName: '{run_time}-{run}-{part}.{ext}',
      emptyFile: false,
    });
  });

  it('takes what the destination says, unless the export says otherwise', () => {
    const plain = parseDestination({ ...destination, target: { format: 'jsonl', gzip: false } });
    const { format, gzip } = parseExportRequest({ syncId: 'users' }, plain);
    assert.deepEqual([format, gzip], ['jsonl', false]);
    const own = parseExportRequest({ syncId: 'users', format: 'csv', gzip: true }, plain);
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
    };
    assert.deepEqual(parseExportRequest(whole, destination), whole);
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
    ['emptyFile', 1, /“emptyFile” must be true or false/],
  ];
  for (const [field, value, reason] of wrong) {
    it(`refuses ${field}: ${inspect(value)}`, () => {
      assert.throws(() => parseExportRequest({ syncId: 'users', [field]: value }, destination), {
        code: 'invalid-argument',
        message: reason,
      });
    });
  }

  it('refuses what is no object', () => {
    for (const value of [undefined, null, 'users', []]) {
      assert.throws(() => parseExportRequest(value, destination), { code: 'invalid-argument' });
    }
  });
});
