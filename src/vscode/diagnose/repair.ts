import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { changeDestination } from '../../core/destination/changes.ts';
import { type Repair, repairLabel, type WantedPolicy } from '../../core/diagnose/repairs.ts';
import { invalidArgument, type Problem, type ProblemCode, ProblemError } from '../../core/problem.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import type { Log } from '../log.ts';
import type { showReport } from '../reports.ts';
import { showErrorMessage, showInformationMessage } from '../messages.ts';

const DETAILS = 'Details';
const SHOW_LOG = 'Show Log';
const CHECK = 'Check Connection';

/** What helps against problems that were found before any request was sent. */
const USUAL: Partial<Record<ProblemCode, Repair>> = { 'secret-missing': { kind: 'reenter-credentials' } };

/** What the editor can do about a problem, the likeliest first. */
export function repairsOf({ repairs = [], code, destination }: Problem): Repair[] {
  const usual = USUAL[code];
  const all = repairs.length > 0 || usual === undefined ? repairs : [usual];
  return all.filter(({ kind }) => destination !== undefined || kind === 'retry' || kind === 'open-setting');
}

/**
 * Says what has just gone wrong, and offers the likeliest repair.
 * @param command what had been asked for, which is what trying again does
 * @param argument what it was called with
 */
export async function offerRepair(
  problem: Problem,
  { log, showReport: show }: { log: Log; showReport: typeof showReport },
  command: string,
  argument?: unknown,
): Promise<void> {
  const { message, fix, cause, fixes = [], docs } = problem;
  const [repair] = repairsOf(problem);
  const more = cause === undefined && fixes.length < 2 && docs === undefined ? SHOW_LOG : DETAILS;
  const text = fix === undefined ? message : `${message} ${fix}`;
  const actions = repair === undefined ? [more] : [repairLabel(repair), more];
  const chosen = await showErrorMessage(text, ...actions);
  if (chosen === undefined) return;
  if (chosen === SHOW_LOG) log.show();
  else if (chosen === DETAILS) await showProblem(problem, command, show);
  else if (repair?.kind === 'retry') await vscode.commands.executeCommand(`s3Destinations.${command}`, argument);
  else if (repair !== undefined) await makeRepair(problem, repair);
}

/** Makes a repair that a person has chosen, and says what is in its way. */
async function makeRepair({ destination: name }: Problem, repair: Repair): Promise<void> {
  const argument = { ...(name === undefined ? {} : { name }), repair, announce: true };
  try {
    await vscode.commands.executeCommand('s3Destinations.repairDestination', argument);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { code, message, fix = '' } = error.problem;
    if (code !== 'cancelled') void showErrorMessage(`${message} ${fix}`.trim());
  }
}

/** Shows all that is known of a problem as a document. */
async function showProblem(problem: Problem, command: string, show: typeof showReport): Promise<void> {
  const { problemReport } = await import('../../core/diagnose/checkReport.ts');
  await show('problem', problem.code, problemReport(problem, command));
}

/**
 * Makes a repair.
 * @param given `{name, repair, announce?}`, the repair as it stands with a problem
 * @throws ProblemError `invalid-argument`, or as the command that it leads to; the destination is then as it was
 */
export async function repairCommand(store: DestinationStore, given: Record<string, unknown>): Promise<object> {
  const argument = new Arguments(given);
  const chosen = new Arguments(argument.raw('repair'), 'repair.');
  const repair = argument.raw('repair') as Repair;
  if (repair.kind === 'open-setting') {
    await vscode.commands.executeCommand('workbench.action.openSettings', chosen.text('setting'));
    return {};
  }
  const name = argument.text('name');
  store.fields(name);
  const run = (command: string, more: object = {}): Thenable<unknown> =>
    vscode.commands.executeCommand(`s3Destinations.${command}`, { name, ...more });
  switch (repair.kind) {
    case 'copy-policy':
      await run('copyIamPolicy', wanted(repair));
      vscode.window.setStatusBarMessage(`Copied the IAM policy for ${name}.`, 5000);
      return {};
    case 'reenter-credentials':
      await run('reenterCredentials');
      return {};
    case 'sign-in':
      await run('signIn');
      return {};
    case 'edit-destination':
      await run('editDestination');
      return {};
    case 'retry':
      await run('checkDestination');
      return {};
    case 'set-region':
    case 'set-bucket':
    case 'set-path-style':
    case 'set-checksums':
    case 'set-endpoint':
      await change(store, name, repair, argument.flag('announce', false));
      return { name };
    default:
      throw invalidArgument('“repair” must be one that stands with a problem.');
  }
}

/** What the policy has to allow, as the command takes it. */
function wanted({ for: purpose, also, kmsKey }: WantedPolicy): object {
  return { for: purpose, also, kmsKey };
}

type Change = Extract<Repair, { kind: `set-${string}` }>;

/** The field that each of them changes. */
const CHANGED = {
  'set-region': 'region',
  'set-bucket': 'bucket',
  'set-path-style': 'forcePathStyle',
  'set-checksums': 'checksums',
  'set-endpoint': 'endpoint',
} as const satisfies Record<Change['kind'], string>;

async function change(store: DestinationStore, name: string, repair: Change, announce: boolean): Promise<void> {
  const { kind } = repair;
  const field = CHANGED[kind];
  const value = new Arguments(repair, 'repair.').required(field);
  const { fields } = changeDestination(store.fields(name), { [field]: value });
  await store.update(name, fields);
  if (announce) void offerCheck(name, kind, value);
}

async function offerCheck(name: string, kind: Change['kind'], value: unknown): Promise<void> {
  const what: Record<Change['kind'], string> = {
    'set-region': `${name} is in ${String(value)} now.`,
    'set-bucket': `${name} goes to the bucket ${String(value)} now.`,
    'set-path-style': `Requests to ${name} have the bucket in the ${value === true ? 'path' : 'host name'} now.`,
    'set-checksums': `Requests to ${name} carry ${value === 'required' ? 'fewer' : 'all'} checksums now.`,
    'set-endpoint': `${name} is reached at ${String(value)} now.`,
  };
  if ((await showInformationMessage(what[kind], CHECK)) !== CHECK) return;
  await vscode.commands.executeCommand('s3Destinations.checkDestination', {
    kind: 'destination',
    destination: { name },
  });
}
