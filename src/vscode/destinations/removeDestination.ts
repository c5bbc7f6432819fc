import { Arguments } from '../../core/arguments.ts';
import { s3Uri } from '../../core/destination/keys.ts';
import { cancelled } from '../../core/problem.ts';
import { showWarningMessage } from '../messages.ts';
import type { DestinationStore } from './destinationStore.ts';
import { pickDestination } from './pickDestination.ts';

const REMOVE = 'Remove';

/**
 * Forgets a destination. The bucket is not touched.
 * @param given `{name}` from a caller, who is not asked; anything else is a person, who is
 * @param chosen the destination that a person has chosen in the tree
 * @throws ProblemError `invalid-argument` when there is none of that name, `cancelled`
 */
export async function removeDestination(
  store: DestinationStore,
  given: Record<string, unknown> | undefined,
  chosen?: string,
): Promise<object> {
  const name =
    given === undefined
      ? (chosen ?? (await pickDestination(store, 'Remove Destination')))
      : new Arguments(given).text('name');
  const { bucket, pathPrefix } = store.fields(name);
  if (given === undefined) {
    const detail = `Its credentials are forgotten. What lies in ${s3Uri(bucket, pathPrefix)} stays there.`;
    const options = { modal: true, detail };
    const answer = await showWarningMessage(`Remove the destination ${name}?`, options, REMOVE);
    if (answer !== REMOVE) throw cancelled('Removing the destination');
  }
  await store.remove(name);
  return {};
}
