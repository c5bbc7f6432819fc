import * as vscode from 'vscode';

/** What the user has set, in the units that the rest of the product uses. */
export interface Settings {
  /** Bytes. */
  engineMemory: number;
  /** 1 to 9. */
  gzipLevel: number;
  /** The size at which a run goes on in its next file, in bytes. */
  maxFileBytes: number;
  /** Has the engine write to a file where it could write to a named pipe. Hidden: for tests of what Windows does. */
  spool?: boolean;
  upload: { partBytes: number; partsAtOnce: number };
  /** Uploads of an interrupted export that are older are removed without asking, at the start of the editor. */
  removeUploadsAfterMs: number;
  /** How many nodes a level of the outputs has at first, and more with each “Load more…”. */
  outputsPageSize: number;
}

const MIB = 1024 * 1024;

/** Reads the settings as they are now. Values that are out of bounds are brought within them. */
export function readSettings(): Settings {
  const settings = vscode.workspace.getConfiguration('s3Destinations');
  const number = (name: string, least: number, most: number, fallback: number): number => {
    const value = settings.get<unknown>(name);
    return typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : fallback;
  };
  return {
    engineMemory: number('engine.memoryLimit', 64, 1_048_576, 128) * MIB,
    gzipLevel: Math.round(number('gzip.level', 1, 9, 4)),
    maxFileBytes: number('files.maxSize', 1, 5_000_000, 1024) * MIB,
    ...(settings.get('engine.spool') === true ? { spool: true } : {}),
    removeUploadsAfterMs: number('recovery.removeAfterHours', 0, 100_000, 24) * 3_600_000,
    outputsPageSize: Math.round(number('outputs.pageSize', 10, 1000, 200)),
    upload: {
      partBytes: Math.round(number('upload.partSize', 5, 5_000, 8)) * MIB,
      partsAtOnce: Math.round(number('upload.concurrency', 1, 32, 4)),
    },
  };
}
