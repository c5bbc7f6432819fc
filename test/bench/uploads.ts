// `npm run bench:uploads`: how fast parts go up by their size and by how many are sent at once, to a store on this machine and
// at the end of lines as there are to S3. The defaults of both settings are chosen by this.
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Destination } from '../../src/core/destination/destination.ts';
import { openStore } from '../../src/core/s3/store.ts';
import { radosgwInstalled } from '../s3/radosgw.ts';
import { startStore } from '../s3/store.ts';
import { behind, type Line } from './delay.ts';

const MB = 1e6;
const MIB = 1 << 20;
const BUCKET = 'bench';
const PART_MIB = [5, 8, 16, 32];
const AT_ONCE = [1, 2, 4, 8];
const BYTES = 192 * MIB;
const PIECE = randomBytes(256 * 1024);

const LINES: Record<string, Line | undefined> = {
  'this machine': undefined,
  'same region: 10 ms, 60 MB/s': { milliseconds: 10, bytesPerSecond: 60 * MB },
  'far: 90 ms, 12 MB/s': { milliseconds: 90, bytesPerSecond: 12 * MB },
};

const store = await startStore(radosgwInstalled() ? 'radosgw' : 'embedded');
const { accessKeyId, secretAccessKey } = store.admin;
const client = new S3Client({
  ...{ endpoint: store.endpoint, region: store.region, forcePathStyle: true },
  credentials: { accessKeyId, secretAccessKey },
});
await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
try {
  console.log(`MB/s that go up by size of parts (rows) and parts at once (columns); store: ${store.kind}`);
  for (const [name, line] of Object.entries(LINES)) {
    const delayed = line === undefined ? undefined : await behind(store.endpoint, line);
    console.log(`\n| ${name} | ${AT_ONCE.join(' | ')} |\n|${'---|'.repeat(AT_ONCE.length + 1)}`);
    for (const partMib of PART_MIB) {
      const rates: string[] = [];
      for (const partsAtOnce of AT_ONCE) {
        rates.push((await rate(delayed?.endpoint ?? store.endpoint, partMib * MIB, partsAtOnce)).toFixed(0));
      }
      console.log(`| ${partMib} MiB | ${rates.join(' | ')} |`);
    }
    delayed?.close();
  }
} finally {
  client.destroy();
  await store.stop();
}

/** Stages an object, gives it up, and says how many MB a second were taken. */
async function rate(endpoint: string, partBytes: number, partsAtOnce: number): Promise<number> {
  const destination: Destination = {
    ...{ name: 'bench', bucket: BUCKET, region: store.region, pathPrefix: '', endpoint },
    ...{ forcePathStyle: true, credentials: { kind: 'keys', accessKeyId, secretAccessKey } },
    target: { format: 'csv', gzip: true },
  };
  const opened = openStore(destination);
  const staging = opened.stage({ partBytes, partsAtOnce, keepSmall: false });
  const began = performance.now();
  await staging.put({ key: 'bench', contentType: 'application/octet-stream', metadata: {} }, pieces());
  await staging.staged();
  const seconds = (performance.now() - began) / 1000;
  await staging.abort();
  staging.close();
  opened.close();
  return BYTES / MB / seconds;
}

// eslint-disable-next-line @typescript-eslint/require-await -- stands for a pipe
async function* pieces(): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < BYTES; sent += PIECE.length) yield PIECE;
}
