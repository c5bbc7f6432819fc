import type { AccessKeys, Credentials, ShownCredentials } from '../../core/destination/credentials.ts';
import { parseCredentials } from '../../core/destination/credentials.ts';
import { joinCredentials, needsKeys } from '../../core/destination/secrets.ts';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument } from '../../core/problem.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import { askForKeys } from './destinationPrompts.ts';
import type { DestinationStore } from './destinationStore.ts';
import { pickDestination } from './pickDestination.ts';

const TITLE = 'Re-enter Credentials';

/**
 * Puts new credentials in the place of a destination's; all else of it stays.
 * @param given `{name, credentials}`; what it does not hold is asked
 * @throws ProblemError `invalid-argument`, `cancelled`; the credentials are then as they were
 */
export async function reenterCredentials(
  store: DestinationStore,
  given: Record<string, unknown> | undefined,
  chosen?: string,
): Promise<{ name: string }> {
  const argument = new Arguments(given ?? {});
  const name = argument.has('name') ? argument.text('name') : (chosen ?? (await pickDestination(store, TITLE)));
  const fields = store.fields(name);
  const credentials = argument.has('credentials')
    ? parseCredentials(argument.raw('credentials'))
    : await askFor(name, store.shownCredentials(name));
  await store.update(name, fields, credentials);
  if (!argument.has('credentials')) {
    void showInformationMessage(`Stored the credentials of ${name}.`);
    void warnIfSecretsAreLost(store);
  }
  return { name };
}

/** Says that secrets will not be kept, if that is known. */
export async function warnIfSecretsAreLost(store: DestinationStore): Promise<void> {
  if ((await store.secretsSurviveRestarts()) !== false) return;
  void showWarningMessage(
    'The editor has forgotten the secrets that it kept before its last restart, so it will forget this one: it seems to have no keyring. A profile or single sign-on needs no secret here.',
  );
}

async function askFor(name: string, shown: ShownCredentials): Promise<Credentials> {
  if (!needsKeys(shown)) {
    throw invalidArgument(
      `${name} keeps no secret here: it signs in by other means.`,
      'Edit the destination to change how it signs in.',
    );
  }
  const keys: AccessKeys = await askForKeys(`${TITLE}: ${name}`);
  return joinCredentials(shown, keys) ?? keys;
}
