import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The folder with all logs of this window, which the runner knows. */
const LOGS = process.env.S3_DESTINATIONS_TEST_LOGS ?? '';

/** All logs of this window: the extension's own, the editor's, and those of its other parts. */
export function logFiles(): string[] {
  return readdirSync(LOGS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

/** Fails where a log holds one of the texts. */
export function assertLogsHoldNone(secrets: readonly string[]): void {
  for (const file of logFiles()) {
    const text = readFileSync(file, 'utf8');
    for (const secret of secrets) assert.ok(!text.includes(secret), `${path.basename(file)} holds a secret`);
  }
}
