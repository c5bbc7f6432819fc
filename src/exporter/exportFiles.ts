import { FileConverter } from './convertFile.ts';
import { type FileKind, fileKind } from './fileKind.ts';
import type { FrameWriter } from './frames.ts';
import { OpenSource } from './openSource.ts';
import { OutputFile } from './outputFile.ts';
import { convertedNames } from './outputNames.ts';
import {
  type EngineOptions,
  type FileOptions,
  type FilesJob,
  type JobProgress,
  type JobSummary,
  REPORT_EVERY_MS,
  type SourceFile,
} from './protocol.ts';

/** Files that are looked at side by side before the first is sent. */
const LOOKS_AT_ONCE = 4;

/** A source file, and what it is. */
export interface KnownSource extends SourceFile {
  kind: FileKind;
  /** Bytes, as far as its file system knows. */
  size: number;
}

/**
 * Sends files in the order given: byte for byte, each gzipped unless it is compressed by itself, or converted. All of them
 * are looked at first, so that what is missing is known before anything is sent.
 * @returns the rows of all files that were converted; copied files have none
 * @throws ProblemError naming the file: `source-missing` when it cannot be read, `query-failed` when it cannot be
 * converted or was changed while it was read
 */
export async function exportFiles(
  { files, convert }: FilesJob,
  options: FileOptions,
  engine: EngineOptions,
  frames: FrameWriter,
  report: (progress: JobProgress) => void,
): Promise<JobSummary> {
  const sources = await lookAtAll(files);
  let done = 0;
  let rows = 0;
  let reported = Date.now();
  const all = sources.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  let percent = 0;
  const tick = (rowsOfFile: number, bytesOfFile: number): void => {
    if (Date.now() - reported < REPORT_EVERY_MS) return;
    reported = Date.now();
    // Of a file that is looked at before it is converted, or that has been, the engine says nothing.
    percent = Math.max(percent, Math.min(100, ((before + bytesOfFile) / all) * 100));
    report({ rows: rows + rowsOfFile, bytes: frames.bytes, files: done, percent: all > 0 ? percent : undefined });
  };
  if (convert) {
    const names = convertedNames(
      files.map(({ name }) => name),
      options.format,
      options.gzipLevel !== undefined,
    );
    const converter = new FileConverter(options, engine, frames);
    for (const [i, source] of sources.entries()) {
      const name = names[i] ?? { stem: source.name, extension: '' };
      rows += await converter.convert(source, name, (rowsOfFile, share = 0) =>
        tick(rowsOfFile, (source.size * share) / 100),
      );
      done++;
      before += source.size;
    }
    report({ rows, bytes: frames.bytes, files: done });
    return { columns: sources.length === 1 ? converter.columns : [], rows };
  }
  const taken = new Set(files.map(({ name }) => name));
  for (const source of sources) {
    // A name that another file of the run has by itself is not taken from it.
    const packed = !source.kind.compressed && !taken.has(`${source.name}.gz`);
    await copyFile(source, frames, packed ? options.gzipLevel : undefined, tick);
    done++;
    before += source.size;
  }
  report({ rows, bytes: frames.bytes, files: done });
  return { columns: [], rows };
}

async function lookAtAll(files: readonly SourceFile[]): Promise<KnownSource[]> {
  const known: KnownSource[] = [];
  for (let i = 0; i < files.length; i += LOOKS_AT_ONCE) {
    known.push(...(await Promise.all(files.slice(i, i + LOOKS_AT_ONCE).map(lookAt))));
  }
  return known;
}

async function lookAt(file: SourceFile): Promise<KnownSource> {
  const source = await OpenSource.open(file);
  try {
    const { head, tail } = await source.ends();
    return { ...file, kind: fileKind(file.name, head, tail), size: source.size };
  } finally {
    await source.close();
  }
}

async function copyFile(
  file: KnownSource,
  frames: FrameWriter,
  gzipLevel: number | undefined,
  tick: (rows: number, bytes: number) => void,
): Promise<void> {
  const source = await OpenSource.open(file);
  try {
    const head =
      gzipLevel === undefined
        ? { name: file.name, contentType: file.kind.contentType }
        : { name: `${file.name}.gz`, contentType: 'application/gzip' };
    const output = await OutputFile.begin(frames, head, gzipLevel);
    let read = 0;
    for await (const block of source.blocks()) {
      await output.write(block);
      read += block.length;
      tick(0, read);
    }
    await source.verify();
    await output.end(0);
    tick(0, read);
  } finally {
    await source.close();
  }
}
