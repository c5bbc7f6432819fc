// What most extensions do: `node rowPipeline.ts FILE.parquet BUCKET KEY` pulls rows, stringifies, gzips and uploads them.
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { DuckDBInstance } from '@duckdb/node-api';
import { stringify } from 'csv-stringify/sync';

const [source = '', bucket = '', key = ''] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(':memory:', { memory_limit: '512MB' })).connect();
const result = await connection.stream(`FROM '${source}'`);

// Decimals and timestamps are objects that know their text.
const cast = { boolean: String, object: String };

/** A text for each batch of rows: with one for each row, most of the time would go into handing them on. */
async function* texts(): AsyncGenerator<string> {
  yield stringify([result.columnNames()]);
  for await (const batch of result.yieldRows()) yield stringify(batch, { cast });
}

const gzip = Readable.from(texts()).pipe(createGzip());
const { S3_ENDPOINT: endpoint = '', AWS_REGION: region = '' } = process.env;
const client = new S3Client({ endpoint, region, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
await new Upload({ client, params: { Bucket: bucket, Key: key, Body: gzip }, partSize: 8 << 20 }).done();
client.destroy();
