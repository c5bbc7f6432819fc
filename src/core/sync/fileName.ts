import { hasControlCharacter } from '../destination/keys.ts';
import type { FileFormat } from '../destination/fileFormat.ts';
import type { RunId } from './runId.ts';

export const DEFAULT_FILE_NAME = '{run_time}-{run}-{part}.{ext}';

const TOKENS = ['sync_id', 'run', 'run_time', 'part', 'ext', 'yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'] as const;
type Token = (typeof TOKENS)[number];

/** What the names of a run's files are made from. */
export interface FileNameParts {
  syncId: string;
  run: RunId;
  extension: string;
}

/** What is wrong with a file name template, or undefined. */
export function fileNameBreach(template: string): string | undefined {
  if (template.trim() === '') return 'A file name is required.';
  for (const [, token = ''] of template.matchAll(/\{([^{}]*)\}/g)) {
    if (!(TOKENS as readonly string[]).includes(token))
      return `There is no {${token}}; known are ${TOKENS.map((t) => `{${t}}`).join(' ')}.`;
  }
  const rest = template.replace(/\{[^{}]*\}/g, '');
  if (/[{}]/.test(rest)) return 'A brace stands alone.';
  if (hasControlCharacter(rest)) return 'A file name may not contain control characters.';
  if (template.startsWith('/') || template.endsWith('/') || template.includes('//')) {
    return 'A file name may not begin or end with a slash, nor have two side by side.';
  }
  if (template.split('/').some((segment) => segment === '.' || segment === '..')) {
    return 'A file name may not contain “.” or “..” as a folder.';
  }
  if (Buffer.byteLength(template) > 400) return 'A file name may have at most 400 bytes.';
  return undefined;
}

/** The name of one file of a run. @param part counts the run's files from 0 */
export function fileName(template: string, { syncId, run, extension }: FileNameParts, part: number): string {
  const { time } = run;
  const values: Record<Token, string> = {
    sync_id: syncId,
    run: run.random,
    run_time: time,
    part: String(part).padStart(5, '0'),
    ext: extension,
    yyyy: time.slice(0, 4),
    MM: time.slice(4, 6),
    dd: time.slice(6, 8),
    HH: time.slice(9, 11),
    mm: time.slice(11, 13),
    ss: time.slice(13, 15),
  };
  return template.replace(/\{([^{}]*)\}/g, (_, token: Token) => values[token]);
}

/** Whether a template gives names that no other run of the sync has. */
export function isUniqueToRun(template: string): boolean {
  return template.includes('{run}');
}

/** The extension that says what is in a file: `csv`, `jsonl.gz` … */
export function extensionOf(format: FileFormat, gzip: boolean): string {
  return gzip ? `${format}.gz` : format;
}

/** The content type of a file. Never together with a content encoding, which would make readers unpack it twice. */
export function contentTypeOf(format: FileFormat, gzip: boolean): string {
  if (gzip) return 'application/gzip';
  return format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
}
