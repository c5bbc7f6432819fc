import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import type { Destination } from '../../core/destination/destination.ts';
import type { CheckResult, CheckStep } from '../../core/diagnose/checkResult.ts';
import { iamPolicy, type IamPolicy, PURPOSES, type Purpose } from '../../core/diagnose/iamPolicy.ts';
import type { WantedPolicy } from '../../core/diagnose/repairs.ts';
import { cancelled, ProblemError } from '../../core/problem.ts';
import type { Store } from '../../core/s3/store.ts';
import type { Call } from '../commands.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { pickDestination } from '../destinations/pickDestination.ts';
import type { Log } from '../log.ts';
import { asNode } from '../outputs/outputActions.ts';
import type { DiagnoseContext } from './diagnoseCommands.ts';
import { offerRepair } from './repair.ts';

/**
 * Checks a destination.
 * @throws ProblemError `invalid-argument`, `cancelled`. What the check finds is no error
 */
export async function checkCommand(context: DiagnoseContext, call: Call): Promise<CheckResult> {
  const name = await nameOf(context.destinations, call, 'Check Connection');
  const purpose = purposeOf(call);
  const options = { location: vscode.ProgressLocation.Notification, title: `Checking ${name}` };
  const result = await vscode.window.withProgress(options, (progress) =>
    checkAsItIs(context, name, purpose, ({ title }) => progress.report({ message: title })),
  );
  if (call.given === undefined) {
    await showCheckReport(context, { ...call, given: { name } });
    void announce(context, result);
  }
  return result;
}

/** Checks a destination, once more where it has become another one meanwhile. */
async function checkAsItIs(
  context: DiagnoseContext,
  name: string,
  purpose: Purpose,
  onStep: (step: CheckStep) => void,
): Promise<CheckResult> {
  const { checks, log } = context;
  for (;;) {
    const finding = checks.begin(name);
    const result = log.cleanAll(await checkStored(context, name, purpose, onStep));
    logCheck(log, result);
    if (finding.checked(result)) return result;
  }
}

async function checkStored(
  { destinations, stores }: DiagnoseContext,
  name: string,
  purpose: Purpose,
  onStep: (step: CheckStep) => void,
): Promise<CheckResult> {
  const fields = destinations.fields(name);
  const { checkDestination, cannotSign } = await import('../../core/diagnose/checkDestination.ts');
  let opened: { destination: Destination; store: Store };
  try {
    opened = await stores.get(name);
  } catch (error) {
    if (error instanceof ProblemError) return cannotSign(fields, purpose, error);
    throw error;
  }
  return checkDestination(opened.destination, opened.store, purpose, onStep);
}

function logCheck(log: Log, { destination, ok, durationMs, checks }: CheckResult): void {
  log.info(`Checked ${destination}: ${ok ? 'ok' : 'failed'}, ${durationMs} ms`);
  for (const { id, status, message, problem } of checks) {
    if (status !== 'failed') continue;
    const { requestId, extendedRequestId } = problem ?? {};
    const ids = [requestId, extendedRequestId].filter((part) => part !== undefined).join(', extended id ');
    log.warn(`Check of ${destination}, ${id}: ${message}${ids === '' ? '' : ` (request ${ids})`}`);
  }
}

async function announce({ log, showReport }: DiagnoseContext, result: CheckResult): Promise<void> {
  const { verdict } = await import('../../core/diagnose/checkReport.ts');
  if (result.ok) {
    vscode.window.setStatusBarMessage(`$(pass) ${result.destination} works.`, 5000);
    return;
  }
  const failed = result.checks.find(({ status, optional }) => status === 'failed' && optional !== true);
  const problem = failed?.problem ?? { code: 'endpoint-unreachable', message: verdict(result) };
  await offerRepair(
    { ...problem, destination: result.destination },
    { log, showReport },
    'checkDestination',
    asked(result.destination).called,
  );
}

/** Shows the last check of a destination as a document. @throws ProblemError `invalid-argument`, `cancelled` */
export async function showCheckReport(context: DiagnoseContext, call: Call): Promise<object> {
  const { destinations, checks } = context;
  const name = await nameOf(destinations, call, 'Show Check Report');
  const result = checks.get(name);
  if (result === undefined) {
    await checkCommand(context, { ...call, given: undefined, called: undefined, ...asked(name) });
    return {};
  }
  const { checkReport } = await import('../../core/diagnose/checkReport.ts');
  await context.showReport('check', name, checkReport(result, destinations.fields(name)));
  return {};
}

/** As if a person had chosen the destination in the tree. */
function asked(name: string): Partial<Call> {
  return { called: { kind: 'destination', destination: { name } } };
}

/**
 * Puts the least policy for a destination on the clipboard.
 * @param call its argument is `{name, for?, also?, kmsKey?}`: a right that was refused, and the KMS key, are allowed, too
 * @throws ProblemError `invalid-argument`, `cancelled`
 */
export async function copyIamPolicy(
  { destinations, checks }: DiagnoseContext,
  call: Call,
): Promise<{ policy: IamPolicy }> {
  const name = await nameOf(destinations, call, 'Copy IAM Policy');
  const purpose = call.given === undefined ? await askPurpose() : purposeOf(call);
  const last = checks.get(name);
  // A check knows more: the key that the bucket encrypts with.
  const known = last?.for === purpose ? last.policy : undefined;
  const refused = refusedOf(call);
  const policy =
    known !== undefined && Object.keys(refused).length === 0
      ? known
      : iamPolicy(destinations.fields(name), purpose, refused);
  await vscode.env.clipboard.writeText(JSON.stringify(policy, null, 2));
  if (call.given === undefined) vscode.window.setStatusBarMessage(`Copied the IAM policy for ${name}.`, 5000);
  return { policy };
}

/** The right and the key that were refused, if the caller tells them. */
function refusedOf({ given = {} }: Call): Pick<WantedPolicy, 'also' | 'kmsKey'> {
  const argument = new Arguments(given);
  return {
    ...(argument.has('also') ? { also: argument.text('also') } : {}),
    ...(argument.has('kmsKey') ? { kmsKey: argument.text('kmsKey') } : {}),
  };
}

async function askPurpose(): Promise<Purpose> {
  const items = [
    { label: 'Insert', description: 'each run adds its files', purpose: 'insert' },
    { label: 'Mirror', description: 'each run replaces the files before it', purpose: 'mirror' },
    { label: 'Audience', description: 'members that join, change or leave', purpose: 'audience' },
  ] as const;
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Copy IAM Policy',
    placeHolder: 'For which exports?',
    // The report that was asked for before may come up only now.
    ignoreFocusOut: true,
  });
  if (picked === undefined) throw cancelled('Copying the policy');
  return picked.purpose;
}

function purposeOf({ given }: Call): Purpose {
  return new Arguments(given ?? {}).choice('for', PURPOSES, 'insert');
}

async function nameOf(destinations: DestinationStore, { given, called }: Call, title: string): Promise<string> {
  const node = asNode(called);
  const chosen = node?.kind === 'destination' ? node.destination.name : undefined;
  const name =
    given === undefined ? (chosen ?? (await pickDestination(destinations, title))) : new Arguments(given).text('name');
  destinations.fields(name);
  return name;
}
