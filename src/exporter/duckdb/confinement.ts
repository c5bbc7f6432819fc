import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Readable } from '../protocol.ts';
import { sqlString } from './sqlText.ts';

/**
 * Shuts the engine in before it gets to see a model: from here on it opens files only below the folders, in its own
 * temporary folder, and those that are named. It follows links first, so that none leads out. It loads no extension, without
 * which it has no way to the network, and none of this can be taken back.
 * @param files that the engine needs besides, for reading or for writing
 */
export async function confine(
  connection: DuckDBConnection,
  readable: Readable,
  files: readonly string[],
): Promise<void> {
  const folders = readable === 'anything' ? wholeDisk() : readable;
  await connection.run(`SET allowed_directories = ${list(folders)}`);
  await connection.run(`SET allowed_paths = ${list(files)}`);
  await connection.run('SET enable_external_access = false');
}

function list(paths: readonly string[]): string {
  return `[${paths.map(sqlString).join(', ')}]::VARCHAR[]`;
}

/** The roots of all drives: places in the network have none. */
function wholeDisk(): string[] {
  if (process.platform !== 'win32') return ['/'];
  return Array.from({ length: 26 }, (_, i) => `${String.fromCharCode(65 + i)}:/`).filter((root) => existsSync(root));
}
