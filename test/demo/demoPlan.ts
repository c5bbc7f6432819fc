import { writeFileSync } from 'node:fs';
import type { DemoStore } from './demoStore.ts';

/** What the helper extension in `test/fixtures/demo-destination` calls its destination. */
export const DEMO_DESTINATION = 'demo';

/**
 * Writes down what the helper extension is to do; it finds the file by the variable `S3_DESTINATIONS_DEMO`.
 * @param file is readable for its owner only, as it holds the store's keys
 * @param work an export to do once, and the file that takes its result; without it, only the destination is defined
 */
export function writeDemoPlan(
  file: string,
  store: Omit<DemoStore, 'stop'>,
  work?: { exportQuery: Record<string, unknown>; result: string },
): void {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = store;
  const credentials = { kind: 'keys', accessKeyId, secretAccessKey };
  const destination = { name: DEMO_DESTINATION, bucket, region, endpoint, forcePathStyle: true, credentials };
  writeFileSync(file, JSON.stringify({ destination, ...work }), { mode: 0o600 });
}
