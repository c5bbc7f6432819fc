import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { readSync } from './readSync.ts';
import { propertiesOf, spanOf } from './jsonNodes.ts';
import type { ParsedSyncs, SyncDefinition, SyncFinding, TextSpan } from './syncDefinition.ts';

/** More are no work of people; all of them are looked at whenever the file changes. */
const MAX_SYNCS = 10_000;
/** UTF-16 units. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** As many as a person would read. */
const MAX_FINDINGS = 500;

/**
 * Reads the text of a file of definitions: JSON with comments and trailing commas. What is wrong with it is found, not
 * thrown; a file that is not JSON holds no syncs.
 */
export function parseSyncs(text: string): ParsedSyncs {
  if (text.length > MAX_LENGTH) return refused('too-large', `The file is larger than ${MAX_LENGTH >> 20} MiB.`);
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  } catch (error) {
    // What is nested without end exhausts the stack.
    if (!(error instanceof RangeError)) throw error;
    return refused('syntax', 'Values are nested too deeply.');
  }
  if (errors.length > 0) {
    const findings = errors.slice(0, MAX_FINDINGS).map(({ error, offset, length }) => {
      const message = `The file is no JSON: ${wordsOf(printParseErrorCode(error))}.`;
      return failure('syntax', message, { offset, length });
    });
    return { syncs: [], findings };
  }
  return readRoot(root);
}

function readRoot(root: Node | undefined): ParsedSyncs {
  // An empty file is one that somebody has just made.
  if (root === undefined) return { syncs: [], findings: [] };
  if (root.type !== 'object') return notAsExpected(root, 'The file has to hold an object with “syncs”.');
  const findings: SyncFinding[] = [];
  let list: Node | undefined;
  for (const { name, key, value } of propertiesOf(root)) {
    if (name === 'syncs') list = value;
    else if (name !== '$schema')
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
  for (const [index, node] of nodes.slice(0, MAX_SYNCS).entries()) {
    const read = readSync(node, index);
    if (read.sync !== undefined) syncs.push(read.sync);
    findings.push(...read.findings);
  }
  return { syncs, findings };
}

function notAsExpected(node: Node, message: string): ParsedSyncs {
  return { syncs: [], findings: [failure('invalid-value', message, spanOf(node))] };
}

function refused(code: 'too-large' | 'syntax', message: string): ParsedSyncs {
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
