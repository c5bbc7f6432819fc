import { invalidArgument, type ProblemError } from '../../problem.ts';
import type { ParsedSyncs, SyncDefinition, SyncFinding } from './syncDefinition.ts';

/** Whether a file could be read at all. */
export function unreadable({ findings }: ParsedSyncs): SyncFinding | undefined {
  return findings.find(({ index, severity }) => index === undefined && severity === 'error');
}

/**
 * The sync of an id, if it can run.
 * @param file how the file is called in messages
 * @throws ProblemError `invalid-argument` when the file cannot be read, when there is none or more than one of that id, or
 * when something is wrong with it
 */
export function findSync(parsed: ParsedSyncs, id: string, file: string): SyncDefinition {
  const matches = parsed.syncs.filter((sync) => sync.id === id);
  const [sync] = matches;
  if (sync === undefined) {
    const broken = unreadable(parsed);
    if (broken !== undefined) throw wrong(`${file} cannot be used. ${broken.message}`);
    throw invalidArgument(`There is no sync ${id} in ${file}.`, 'Check its id.');
  }
  if (matches.length > 1) throw wrong(`There are ${matches.length} syncs ${id} in ${file}.`);
  const finding = parsed.findings.find(({ index, severity }) => index === sync.index && severity === 'error');
  if (finding !== undefined) throw wrong(`The sync ${id} cannot run. ${finding.message}`);
  return sync;
}

function wrong(message: string): ProblemError {
  return invalidArgument(message, 'Mend the definition; what is wrong with it is shown there.');
}
