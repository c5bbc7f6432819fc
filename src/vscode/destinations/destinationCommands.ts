import * as vscode from 'vscode';
import type { Call, Handler } from '../commands.ts';
import { asNode } from '../outputs/outputActions.ts';
import { addDestination } from './addDestination.ts';
import type { DestinationStore } from './destinationStore.ts';
import { duplicateDestination, editDestination, renameDestination, setDefaultDestination } from './editDestination.ts';
import { checkDestination } from './form/checkDestination.ts';
import type { FormHost } from './form/destinationForm.ts';
import { reenterCredentials } from './reenterCredentials.ts';
import { removeDestination } from './removeDestination.ts';
import { signIn } from './signIn.ts';
import { exportDestinations, importDestinations } from './transferDestinations.ts';

/** The commands about destinations themselves, by their names. */
export function destinationCommands(
  store: DestinationStore,
  context: vscode.ExtensionContext,
): Record<string, Handler> {
  const storage = context.globalStorageUri;
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const form: FormHost = { store, dist, check: (destination) => checkDestination(store, destination) };
  return {
    // Where one is missing, its name is known.
    addDestination: ({ given, called }) =>
      addDestination(store, given, typeof called === 'string' ? called : undefined),
    addDestinationForm: async () => {
      const { openDestinationForm } = await import('./form/destinationForm.ts');
      return { name: await openDestinationForm(form, undefined) };
    },
    editDestination: (call) => editDestination(form, call.given, chosen(call)),
    renameDestination: (call) => renameDestination(store, call.given, chosen(call)),
    duplicateDestination: (call) => duplicateDestination(store, call.given, chosen(call)),
    setDefaultDestination: (call) => setDefaultDestination(store, call.given, chosen(call)),
    reenterCredentials: (call) => reenterCredentials(store, call.given, chosen(call)),
    signIn: (call) => signIn(store, storage, call.given, chosen(call)),
    removeDestination: (call) => removeDestination(store, call.given, chosen(call)),
    exportDestinations: (call) => exportDestinations(store, call.given, chosen(call)),
    importDestinations: ({ given }) => importDestinations(store, given),
    listDestinations: () => store.list(),
  };
}

/** The destination of the tree on which a person has called a command. */
function chosen({ called }: Call): string | undefined {
  const node = asNode(called);
  return node?.kind === 'destination' ? node.destination.name : undefined;
}
