import * as vscode from 'vscode';
import type { Call, Handler } from '../commands.ts';
import { asNode } from '../outputs/outputActions.ts';
import type { DestinationStore } from './destinationStore.ts';
import { checkDestination } from './form/checkDestination.ts';
import type { FormHost } from './form/destinationForm.ts';

/** The commands about destinations themselves, by their names. */
export function destinationCommands(
  store: DestinationStore,
  context: vscode.ExtensionContext,
): Record<string, Handler> {
  const storage = context.globalStorageUri;
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const form: FormHost = { store, dist, check: (destination) => checkDestination(store, destination) };
  const acting = (): Promise<typeof import('./destinationActions.ts')> => import('./destinationActions.ts');
  return {
    // Where one is missing, its name is known.
    addDestination: async ({ given, called }) =>
      (await acting()).addDestination(store, given, typeof called === 'string' ? called : undefined),
    addDestinationForm: async () => {
      const { openDestinationForm } = await import('./form/destinationForm.ts');
      return { name: await openDestinationForm(form, undefined) };
    },
    editDestination: async (call) => (await acting()).editDestination(form, call.given, chosen(call)),
    renameDestination: async (call) => (await acting()).renameDestination(store, call.given, chosen(call)),
    duplicateDestination: async (call) => (await acting()).duplicateDestination(store, call.given, chosen(call)),
    setDefaultDestination: async (call) => (await acting()).setDefaultDestination(store, call.given, chosen(call)),
    reenterCredentials: async (call) => (await acting()).reenterCredentials(store, call.given, chosen(call)),
    signIn: async (call) => (await acting()).signIn(store, storage, call.given, chosen(call)),
    removeDestination: async (call) => (await acting()).removeDestination(store, call.given, chosen(call)),
    exportDestinations: async (call) => (await acting()).exportDestinations(store, call.given, chosen(call)),
    importDestinations: async ({ given }) => (await acting()).importDestinations(store, given),
    listDestinations: () => store.list(),
  };
}

/** The destination of the tree on which a person has called a command. */
function chosen({ called }: Call): string | undefined {
  const node = asNode(called);
  return node?.kind === 'destination' ? node.destination.name : undefined;
}
