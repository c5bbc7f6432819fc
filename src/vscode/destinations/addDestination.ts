import { endpointWarning } from '../../core/destination/endpoint.ts';
import { parseDestination } from '../../core/destination/destination.ts';
import { showInformationMessage, showWarningMessage } from '../messages.ts';
import { askForDestination } from './destinationPrompts.ts';
import type { DestinationStore } from './destinationStore.ts';
import { warnIfSecretsAreLost } from './reenterCredentials.ts';

/**
 * Adds a destination: as it is given, or by asking for it.
 * @param name is proposed, where it is asked for
 * @throws ProblemError `invalid-argument`, or `cancelled` when the user leaves the prompts; nothing is stored then
 */
export async function addDestination(
  store: DestinationStore,
  given?: Record<string, unknown>,
  name?: string,
): Promise<{ name: string }> {
  const value = given ?? (await askForDestination(store, name));
  const destination = parseDestination(value);
  await store.add(destination);
  if (given === undefined) {
    const warning = destination.endpoint === undefined ? undefined : endpointWarning(destination.endpoint);
    const added = `Added the destination ${destination.name}.`;
    if (warning === undefined) void showInformationMessage(added);
    else void showWarningMessage(`${added} ${warning}`);
    void warnIfSecretsAreLost(store);
  }
  return { name: destination.name };
}
