import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startExport } from '../../../src/core/engine/exporterProcess.ts';
import { DEFAULT_TEXT_OPTIONS } from '../../../src/core/sync/textOptions.ts';
import type { FileOptions, FileStats, JobSummary } from '../../../src/exporter/protocol.ts';
import type { Workspace } from './exporting.ts';

/** A file that an exporter has sent under a name of its own. */
export interface NamedFile {
  name: string;
  contentType: string | undefined;
  bytes: Buffer;
  stats: FileStats;
}

/** Writes files below a folder, by their relative paths. */
export function write(folder: string, files: Record<string, string | Buffer>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Exports files of a workspace as they are, or converts them where a format is given. @throws the exporter's problem */
export async function exportNamed(
  workspace: Workspace,
  names: readonly string[],
  options: Partial<FileOptions> = {},
  onFile: (name: string) => void = () => undefined,
  spool = false,
): Promise<{ files: NamedFile[]; summary: JobSummary }> {
  const files = names.map((name) => ({ name, path: path.join(workspace.folder, name) }));
  const order = {
    job: { kind: 'files', files, convert: options.format !== undefined } as const,
    files: { ...DEFAULT_TEXT_OPTIONS, format: 'csv', maxFileBytes: 2 ** 40, ...options } as const,
  };
  const running = await startExport(
    order,
    { ...workspace.options(), spool },
    () => undefined,
    new AbortController().signal,
  );
  try {
    const reading = read(running.frames, onFile);
    // Looked at below; a failure of the exporter is the reason for a failure here.
    reading.catch(() => undefined);
    const summary = await running.summary;
    return { files: await reading, summary };
  } finally {
    await running.dispose();
  }
}

type Frames = Awaited<ReturnType<typeof startExport>>['frames'];

async function read(frames: Frames, onFile: (name: string) => void): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  let pieces: Buffer[] = [];
  let head: { name?: string; contentType?: string } = {};
  for await (const frame of frames) {
    if (frame.kind === 'fileStart') {
      head = frame.head;
      onFile(head.name ?? '');
    }
    if (frame.kind === 'data') pieces.push(Buffer.from(frame.bytes));
    if (frame.kind !== 'fileEnd') continue;
    const { name = '', contentType } = head;
    files.push({ name, contentType, bytes: Buffer.concat(pieces), stats: frame.stats });
    pieces = [];
  }
  return files;
}
