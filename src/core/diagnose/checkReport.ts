import type { CheckResult, CheckStep } from './checkResult.ts';
import { code, plain } from '../objects/markdown.ts';
import type { Problem } from '../problem.ts';

const MARKS = { ok: '✓', failed: '✕', skipped: '–' } as const;
const PURPOSE_WORDS = {
  insert: 'inserts',
  mirror: 'mirrors',
  audience: 'audiences',
} as const;

/** What a report names besides the check itself. */
export interface ReportedDestination {
  bucket: string;
  pathPrefix: string;
  endpoint?: string;
}

/** A check as a document, in Markdown, that one can read and paste. */
export function checkReport(result: CheckResult, { bucket, pathPrefix, endpoint }: ReportedDestination): string {
  const failed = result.checks.filter(({ status }) => status === 'failed');
  const place = `s3://${bucket}/${pathPrefix}`;
  return [
    `# Check of ${plain(result.destination)}`,
    plain(verdict(result)),
    facts([
      [
        'Destination',
        `${code(place)} in ${code(result.region)}${endpoint === undefined ? '' : ` at ${code(endpoint)}`}`,
      ],
      ['Checked for', PURPOSE_WORDS[result.for]],
      ['Who signs', result.identity === undefined ? 'not known' : code(result.identity)],
      ['Account', code(result.account)],
      ['When', `${result.checkedAt.replace('T', ' ').replace(/\.\d+Z/, ' UTC')}, ${result.durationMs} ms`],
    ]),
    '## Steps',
    table(result.checks),
    ...(failed.length === 0 ? [] : ['## What to do', ...failed.map(remedy)]),
    ...(result.left === undefined ? [] : [`The check could not remove ${code(result.left)}, which stays there.`]),
    `## Least policy for ${PURPOSE_WORDS[result.for]}`,
    'Attached to the user or role, it allows what these exports need, and no more.',
    `\`\`\`json\n${JSON.stringify(result.policy, null, 2)}\n\`\`\``,
    ...requestIds(result.checks.flatMap(({ title, problem }) => (problem === undefined ? [] : [{ title, problem }]))),
  ]
    .join('\n\n')
    .concat('\n');
}

/** A problem that just happened as a document, in Markdown. @param what had been asked for: `exportQuery` */
export function problemReport(problem: Problem, what: string): string {
  const { code: problemCode, message, cause, fixes = [], fix, permission, principal, docs, destination } = problem;
  const helps = fixes.length > 0 ? fixes : fix === undefined ? [] : [fix];
  return [
    `# ${plain(message)}`,
    ...(cause === undefined ? [] : [plain(cause)]),
    facts([
      ['Destination', destination === undefined ? undefined : plain(destination)],
      ['Code', code(problemCode)],
      ['Permission', code(permission)],
      ['Who signs', code(principal)],
      ['Command', code(what)],
    ]),
    ...(helps.length === 0 ? [] : ['## What to do', helps.map((text) => `- ${plain(text)}`).join('\n')]),
    ...(docs === undefined ? [] : [`[AWS’s documentation](${docs})`]),
    ...requestIds([{ title: 'Request', problem }]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The outcome in one sentence. */
export function verdict({ ok, destination, for: purpose, checks }: CheckResult): string {
  const failed = checks.filter(({ status }) => status === 'failed');
  if (!ok) {
    const needed = failed.find(({ optional }) => optional !== true);
    const why = needed?.message ?? 'A step that is needed could not be tried.';
    return `${destination} cannot take ${PURPOSE_WORDS[purpose]}. ${why}`;
  }
  const lacking = failed.map(({ title }) => title.toLowerCase()).join(', ');
  return `${destination} can take ${PURPOSE_WORDS[purpose]}.${lacking === '' ? '' : ` What has failed is not needed: ${lacking}.`}`;
}

function table(steps: readonly CheckStep[]): string {
  const rows = steps.map(({ title, status, permission, durationMs, message, optional }) => [
    MARKS[status],
    `${title}${status === 'failed' && optional === true ? ' (not needed)' : ''}`,
    permission === undefined ? '' : code(permission),
    // Not broken where the column is narrow.
    durationMs === undefined ? '' : `${durationMs}\u00a0ms`,
    plain(message),
  ]);
  const heads = ['', 'Step', 'Permission', 'Time', 'Found'];
  // Columns are as wide as what is in them, so that the text reads as a table, too; the last one is long.
  const widths = heads.map((head, i) =>
    Math.max(...[head, ...rows.map((row) => row[i] ?? '')].map(({ length }) => length)),
  );
  const line = (cells: string[]): string =>
    `| ${cells.map((text, i) => (i === heads.length - 1 ? text : text.padEnd(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) => '-'.repeat(i === heads.length - 1 ? 5 : Math.max(width, 1)));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

function remedy({ title, problem, message, optional }: CheckStep): string {
  const { cause, fixes = [], docs } = problem ?? { fixes: [] as string[] };
  const lines = [
    `### ${title}${optional === true ? ' – not needed here' : ''}`,
    [message, cause].flatMap((text) => (text === undefined ? [] : plain(text))).join(' '),
    fixes.map((text) => `- ${plain(text)}`).join('\n'),
    docs === undefined ? '' : `[AWS’s documentation](${docs})`,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`- ${name}: ${value}`])).join('\n');
}

function requestIds(failures: readonly { title: string; problem: Problem }[]): string[] {
  const lines = failures.flatMap(({ title, problem: { requestId, extendedRequestId } }) => {
    if (requestId === undefined) return [];
    return [`- ${title}: ${code(requestId)}${extendedRequestId === undefined ? '' : `, ${code(extendedRequestId)}`}`];
  });
  return lines.length === 0 ? [] : ['## Request ids', lines.join('\n')];
}
