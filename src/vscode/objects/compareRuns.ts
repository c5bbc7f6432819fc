import { tmpdir } from 'node:os';
import { Arguments } from '../../core/arguments.ts';
import { syncIdBreach } from '../../core/destination/keys.ts';
import type { RunsComparison } from '../../core/compare/compareRuns.ts';
import { formatRows } from '../../core/format.ts';
import { invalidArgument } from '../../core/problem.ts';
import { runTime } from '../../core/sync/runId.ts';
import type { Call } from '../commands.ts';
import { nodesOf } from '../outputs/outputActions.ts';
import { readSettings } from '../settings.ts';
import type { ObjectContext } from './objectCommands.ts';
import { pickRun, pickSync } from './pickChosen.ts';
import { bytesText, withTransferProgress } from './transferProgress.ts';

const TITLE = 'Compare Runs';
const SAMPLES = 50;

/** What a caller gets: the ids of the older and of the newer run, the counts, samples, and what has to be known to read them. */
export type Compared = { before: string; after: string; notes: string[] } & RunsComparison['found'];

/**
 * Compares two runs of a sync, and shows the counts as a page and samples side by side.
 * @throws ProblemError
 */
export async function compareRuns(context: ObjectContext, call: Call): Promise<Compared> {
  const given = new Arguments(call.given ?? {});
  const samples = Math.min(given.integer('samples', 0, SAMPLES), 1000);
  const key = given.has('key') ? given.texts('key') : undefined;
  const { destination: name, syncId, runIds } = call.given === undefined ? await askRuns(context, call) : runsOf(given);
  const { destination, store } = await context.stores.get(name);
  const { engineMemory: memoryLimit } = readSettings();
  const { compareRuns: compare } = await import('../../core/compare/compareRuns.ts');
  const comparison = await withTransferProgress(`Comparing runs of ${syncId}`, (show, signal) =>
    compare({
      ...{ destination, store, syncId, runIds, samples, signal, ...(key && { key }) },
      exporter: { ...context.exporters, workingDirectory: tmpdir(), memoryLimit, readable: 'anything' },
      onProgress: (progress) =>
        show((seconds) => ('rows' in progress ? formatRows(progress.rows) : bytesText(progress.bytes, seconds))),
    }),
  );
  if (given.flag('show', true)) await showComparison(context, comparison);
  return result(comparison);
}

function result({ before, after, found, notes }: RunsComparison): Compared {
  return { before: before.runId, after: after.runId, ...found, notes };
}

async function showComparison(
  { showReport, showDifference }: ObjectContext,
  comparison: RunsComparison,
): Promise<void> {
  const { compareReport, sampleTexts } = await import('../../core/compare/compareReport.ts');
  const { syncId, before, after } = comparison;
  const name = `${before.runId} → ${after.runId}`;
  await showReport('comparison', `${syncId} ${name}`, compareReport(comparison));
  const texts = sampleTexts(comparison);
  if (texts === undefined) return;
  const side = (runId: string, text: string) => ({ title: `${syncId} ${runId}.txt`, text });
  await showDifference(
    'comparison',
    `${syncId}: samples of ${name}`,
    side(before.runId, texts.before),
    side(after.runId, texts.after),
  );
}

/** Two runs of one sync. */
interface TwoRuns {
  destination: string;
  syncId: string;
  runIds: [string, string];
}

function runsOf(given: Arguments): TwoRuns {
  const [destination, syncId] = [given.text('destination'), given.text('syncId')];
  given.refuse('syncId', syncIdBreach(syncId));
  const runIds: [string, string] = [given.text('runId'), given.text('otherRunId')];
  for (const runId of runIds) {
    if (runTime(runId) === undefined) throw invalidArgument(`“${runId}” is no run id.`);
  }
  return { destination, syncId, runIds };
}

async function askRuns(context: ObjectContext, call: Call): Promise<TwoRuns> {
  const nodes = nodesOf(context, call);
  const runs = nodes.flatMap((node) => (node.kind === 'run' ? [node] : []));
  const [one, other] = runs;
  if (runs.length > 2) throw invalidArgument('Only two runs can be compared.', 'Select two runs of a sync.');
  if (one !== undefined && other !== undefined) {
    if (one.destination !== other.destination || one.syncId !== other.syncId) {
      throw invalidArgument('Runs of different syncs cannot be compared.', 'Select two runs of one sync.');
    }
    return { destination: one.destination, syncId: one.syncId, runIds: [one.runId, other.runId] };
  }
  const [sync] = nodes.flatMap((node) => (node.kind === 'run' || node.kind === 'sync' ? [node] : []));
  const { destination: name, syncId } = sync ?? (await pickSync(context, TITLE));
  const { destination, store } = await context.stores.get(name);
  const runId = one?.runId ?? (await pickRun(store, destination.pathPrefix, syncId, TITLE));
  const otherId = await pickRun(store, destination.pathPrefix, syncId, TITLE, runId);
  return { destination: name, syncId, runIds: [runId, otherId] };
}
