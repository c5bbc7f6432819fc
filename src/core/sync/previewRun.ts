import type { Column } from '../../exporter/protocol.ts';
import { neededActions, purposeOf } from '../diagnose/iamPolicy.ts';
import { startExport } from '../engine/exporterProcess.ts';
import { cancelled } from '../problem.ts';
import { orderOf } from './exporterOrder.ts';
import { ownNames } from './exportSource.ts';
import type { RunContext } from './exportRun.ts';
import { extensionOf, isUniqueToRun } from './fileName.ts';
import { isLocked } from './finishing.ts';
import { earlierFiles } from './replacing.ts';
import { countsOf } from './runFacts.ts';
import { newRunId } from './runId.ts';
import { RunKeys } from './runKeys.ts';
import type { RowCounts } from './runResult.ts';
import { lookThrough } from './previewBeginning.ts';
import { type PreviewTable, previewTable } from './previewTable.ts';
import { startRun } from './runStart.ts';
import { stateFolder } from './runState.ts';

const SAMPLE_LINES = 20;
const SAMPLE_BYTES = 64 * 1024;
/** After so long, what is not known yet is left out. */
const PATIENCE_MS = 20_000;

/** What a run would do. Plain JSON. */
export interface RunPreview {
  /** The keys that would be written, as far as they are known; their run id is one that such a run could have. */
  keys: string[];
  /** Missing when it would take long to find out. */
  rows?: RowCounts;
  /** The columns of the rows; missing when they would take long to find out. */
  columns?: Column[];
  /** The files of earlier sets that a mirror would delete. */
  wouldDelete: string[];
  /** The IAM actions that the run needs. */
  permissions: string[];
  /** The first lines of the first file. */
  sample: string;
}

/** What a run would do, and the first rows that it would write. */
export interface PreviewedRun {
  preview: RunPreview;
  table: PreviewTable;
}

/**
 * Says what a run would do, by doing all of it but the upload. Nothing is written anywhere; earlier states and manifests are
 * read where the mode depends on them.
 * @throws ProblemError as the run itself would, as far as it can be known before the upload
 */
export async function previewRun(
  context: Omit<RunContext, 'upload' | 'journals' | 'history'>,
  patienceMs = PATIENCE_MS,
): Promise<PreviewedRun> {
  const { destination, store, request, source, exporter, signal } = context;
  const scratch = await stateFolder(exporter.temporaryFolder);
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), patienceMs);
  try {
    const start = isLocked(request) ? await startRun(context, request, scratch.path) : {};
    const { order, feed } = orderOf(context, start, scratch.path, new Date());
    const stop = AbortSignal.any([signal, enough.signal]);
    const running = await startExport(order, exporter, () => undefined, stop, feed);
    try {
      const extension = extensionOf(request.format, request.gzip);
      const keys = new RunKeys({
        ...request,
        pathPrefix: destination.pathPrefix,
        run: newRunId(new Date()),
        extension,
      });
      keys.check(ownNames(source));
      const looked = await lookThrough(running.frames, keys, request.gzip);
      const summary = await running.summary.catch((error: unknown) => {
        if (enough.signal.aborted && !signal.aborted) return undefined;
        throw error;
      });
      const nothing = summary?.rows === 0 && !request.emptyFile;
      const written = nothing ? [] : looked.keys;
      const wouldDelete = request.mode === 'mirror' ? await replaced(context, start.latest, written) : [];
      const preview = {
        keys: written,
        ...(summary === undefined ? {} : { rows: countsOf(summary), columns: summary.columns }),
        wouldDelete,
        permissions: neededActions(destination, purposeOf(request)),
        sample: linesOf(looked.text),
      };
      return { preview, table: await previewTable(looked, request, summary?.columns) };
    } finally {
      await running.dispose();
    }
  } catch (error) {
    throw signal.aborted ? cancelled('The preview') : store.problem(error, 'read');
  } finally {
    clearTimeout(timer);
    await scratch.remove();
  }
}

async function replaced(
  { destination, store, request }: Pick<RunContext, 'destination' | 'store' | 'request'>,
  latest: Parameters<typeof earlierFiles>[3],
  written: readonly string[],
): Promise<string[]> {
  const { ours } = await earlierFiles(store, destination, request.syncId, latest);
  const inPlace = new Set(isUniqueToRun(request.fileName) ? [] : written);
  return ours.map(({ key }) => key).filter((key) => !inPlace.has(key));
}

function linesOf(content: string): string {
  const text = content.slice(0, SAMPLE_BYTES);
  const lines = text.split('\n');
  return lines.length <= SAMPLE_LINES + 1 ? text : `${lines.slice(0, SAMPLE_LINES + 1).join('\n')}\n`;
}
