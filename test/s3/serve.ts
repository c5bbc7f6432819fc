import { parseArgs } from 'node:util';
import { DEMO_ADMIN, startS3 } from './server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, dir: { type: 'string' }, bucket: { type: 'string', multiple: true } },
});
const s3 = await startS3({
  ...(values.port !== undefined && { port: Number(values.port) }),
  ...(values.dir !== undefined && { dir: values.dir }),
});
for (const bucket of values.bucket ?? []) s3.createBucket(bucket);
console.log(`endpoint           ${s3.endpoint}`);
console.log(`region             us-east-1`);
console.log(`access key id      ${DEMO_ADMIN.accessKeyId}`);
console.log(`secret access key  ${DEMO_ADMIN.secretAccessKey}`);
for (const bucket of values.bucket ?? []) console.log(`bucket             ${bucket}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void s3.stop());
