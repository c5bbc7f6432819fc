import * as vscode from 'vscode';
import { s3Uri } from '../../core/destination/keys.ts';
import type { CheckResult } from '../../core/diagnose/checkResult.ts';
import { formatAge } from '../../core/format.ts';
import type { CheckResults } from '../diagnose/checkResults.ts';
import type { DestinationStore } from '../destinations/destinationStore.ts';
import { toned, type Tone } from './nodeColours.ts';
import type { DestinationNode } from './outputNodes.ts';
import { Hover } from './hover.ts';

const MARKS = { ok: '$(pass)', failed: '$(error)', skipped: '$(circle-slash)' } as const;

/** How a destination looks in the tree: where it is, and what is known of whether it works. */
export function destinationItem(
  { destination }: DestinationNode,
  destinations: DestinationStore,
  checks: CheckResults,
): vscode.TreeItem {
  const { name, bucket, region, pathPrefix, endpoint } = destination;
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  const missing = secretState(destinations, name) === 'missing';
  const check = checks.get(name);
  const problem = checks.problem(name);
  const isDefault = destinations.defaultName() === name;
  const place = [bucket, check?.region ?? region, pathPrefix, check?.account].filter(
    (part) => part !== '' && part !== undefined,
  );
  const state = missing ? 'missing' : problem !== undefined ? 'failing' : check?.ok === true ? 'ok' : 'unknown';
  const words = {
    missing: 'credentials missing – re-enter',
    failing: check === undefined || check.ok ? 'the last export failed' : 'the last check failed',
    ok: check === undefined ? '' : `checked ${formatAge(new Date(check.checkedAt))}`,
    unknown: '',
  }[state];
  const marks = isDefault ? ['default'] : [];
  item.description = (missing ? [words, ...marks] : [...place, ...marks]).join(' · ');
  item.iconPath = ICONS[state];
  const tone = TONES[state];
  if (tone !== undefined) item.resourceUri = toned(tone, name);
  item.contextValue = ['destination', ...(missing ? ['missing'] : []), ...marks].join(' ');
  item.tooltip = hover();
  item.accessibilityInformation = {
    label: ['Destination', name, words, ...place, ...marks].filter((part) => part !== '').join(', '),
  };
  return item;

  function hover(): vscode.MarkdownString {
    const text = new Hover(name)
      .fact('Place', s3Uri(bucket, pathPrefix))
      .fact('Region', check?.region ?? region)
      .fact('Endpoint', endpoint)
      .fact('Offered first', isDefault ? 'yes' : undefined);
    if (missing) return text.warning('The credentials are missing from the secret storage. Re-enter them.').markdown;
    if (check !== undefined) addCheck(text, check);
    else if (problem === undefined) text.line('Not checked yet in this window.');
    if (problem !== undefined && check?.ok !== false) {
      text.error(problem.message);
      if (problem.fix !== undefined) text.line(problem.fix);
    }
    return text.markdown;
  }
}

const ICONS = {
  missing: new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
  failing: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  ok: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  unknown: new vscode.ThemeIcon('database'),
} as const;

const TONES: Partial<Record<keyof typeof ICONS, Tone>> = { missing: 'warning', failing: 'error' };

/** Whether the secret is there. When that is not known, it is looked for: the tree is told when it is missing. */
function secretState(destinations: DestinationStore, name: string): ReturnType<DestinationStore['secretState']> {
  const state = destinations.secretState(name);
  if (state === 'unknown') void destinations.storedCredentials(name).catch(() => undefined);
  return state;
}

function addCheck(text: Hover, check: CheckResult): void {
  const { ok, checkedAt, account, identity, checks } = check;
  const needed = checks.find(({ status, optional }) => status === 'failed' && optional !== true);
  const when = `${formatAge(new Date(checkedAt))} (${new Date(checkedAt).toLocaleString()})`;
  text.fact('Account', account).fact('Who signs', identity).fact('Checked', `${when}, for ${check.for}`);
  if (ok) text.line('Exports can succeed.');
  else text.error(needed?.message ?? 'A step that is needed could not be tried.');
  for (const { title, status, permission, optional } of checks) {
    const notes = [
      permission,
      status === 'failed' && optional === true ? 'not needed' : undefined,
      status === 'skipped' ? 'skipped' : undefined,
    ];
    text.step(MARKS[status], title, notes.filter((note) => note !== undefined).join(', '));
  }
}
