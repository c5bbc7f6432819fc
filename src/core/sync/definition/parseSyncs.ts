import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { readSync } from './readSync.ts';
import { propertiesOf, spanOf } from './jsonNodes.ts';
import { SchedulesOfFile } from './schedulesOfFile.ts';
import type { ParsedSyncs, SyncDefinition, SyncFinding, TextSpan } from './syncDefinition.ts';

/** More are no work of people; all of them are looked at whenever the file changes. */
const MAX_SYNCS = 10_000;
/** UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** Far more than a definition needs: what is nested without end exhausts the stack. */
const MAX_DEPTH = 100;
/** As many as a person would read. */
const MAX_FINDINGS = 500;

/**
 * Reads the text of a file of definitions: JSON with comments and trailing commas. What is wrong with it is found, not
 * thrown; a file that is not JSON holds no syncs.
 */
export function parseSyncs(text: string): ParsedSyncs {
  if (text.length > MAX_LENGTH) return refused('too-large', `The file is larger than ${MAX_LENGTH >> 20} MiB.`);
  if (isTooDeep(text)) return refused('syntax', 'Values are nested too deeply.');
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  if (errors.length > 0) {
    const findings = errors.slice(0, MAX_FINDINGS).map(({ error, offset, length }) => {
      const message = `The file is no JSON: ${wordsOf(printParseErrorCode(error))}.`;
      return failure('syntax', message, { offset, length });
    });
    return { syncs: [], findings };
  }
  return readRoot(root);
}

function isTooDeep(text: string): boolean {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const first = text[scanner.getTokenOffset()];
    if (first === '{' || first === '[') depth++;
    if (first === '}' || first === ']') depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function readRoot(root: Node | undefined): ParsedSyncs {
  // An empty file is one that somebody has just made.
  if (root === undefined) return { syncs: [], findings: [] };
  if (root.type !== 'object') return notAsExpected(root, 'The file has to hold an object with “syncs”.');
  const findings: SyncFinding[] = [];
  let list: Node | undefined;
  for (const { name, key, value } of propertiesOf(root)) {
    if (name === 'syncs') {
      if (list !== undefined) {
        return { syncs: [], findings: [failure('duplicate-property', '“syncs” stands here twice.', spanOf(key))] };
      }
      list = value;
    } else if (name !== '$schema')
      findings.push(warning('unknown-property', `“${name}” is nothing that the file has.`, spanOf(key)));
  }
  if (list === undefined) return { syncs: [], findings };
  if (list.type !== 'array') return notAsExpected(list, '“syncs” has to be an array.');
  const nodes = list.children ?? [];
  const beyond = nodes[MAX_SYNCS];
  if (beyond !== undefined) {
    const message = `The file has ${nodes.length.toLocaleString('en-US')} syncs; those after the first ${MAX_SYNCS.toLocaleString('en-US')} are left out.`;
    findings.push(failure('too-many', message, spanOf(beyond)));
  }
  const syncs: SyncDefinition[] = [];
  const schedules = new SchedulesOfFile();
  for (const [index, node] of nodes.slice(0, MAX_SYNCS).entries()) {
    const read = readSync(node, index, schedules);
    if (read.sync !== undefined) syncs.push(read.sync);
    findings.push(...read.findings);
  }
  return { syncs, findings };
}

/** What is known of a file that could not be read. @param reason a sentence */
export function unreadableFile(reason: string): ParsedSyncs {
  return refused('unreadable', `The file cannot be read. ${reason}`);
}

function notAsExpected(node: Node, message: string): ParsedSyncs {
  return { syncs: [], findings: [failure('invalid-value', message, spanOf(node))] };
}

function refused(code: 'too-large' | 'syntax' | 'unreadable', message: string): ParsedSyncs {
  return { syncs: [], findings: [failure(code, message, { offset: 0, length: 1 })] };
}

function failure(code: SyncFinding['code'], message: string, span: TextSpan): SyncFinding {
  return { code, severity: 'error', message, span };
}

function warning(code: SyncFinding['code'], message: string, span: TextSpan): SyncFinding {
  return { code, severity: 'warning', message, span };
}

/** `CommaExpected` as `comma expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
