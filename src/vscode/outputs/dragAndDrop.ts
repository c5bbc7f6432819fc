import * as vscode from 'vscode';
import { objectUri } from '../look/objectUri.ts';
import { destinationOf, type OutputNode } from './outputNodes.ts';

/** Separated by line breaks; comments begin with `#`. */
const URIS = 'text/uri-list';

/** Files that were dropped, and where. */
export interface Drop {
  /** Their URIs, as the editor tells them. */
  files: string[];
  /** Missing where they were dropped below all nodes. */
  destination?: string;
  /** Missing where they were dropped on what is of no sync. */
  syncId?: string;
}

/** Drags objects out of the tree as read-only files, and takes files that are dropped on a sync or a destination. */
export class OutputsDragAndDrop implements vscode.TreeDragAndDropController<OutputNode> {
  readonly dragMimeTypes = [URIS];
  readonly dropMimeTypes = [URIS];
  /** Does what a drop asks for. Nothing until it is set. */
  onDrop: (drop: Drop) => void = () => undefined;

  handleDrag(nodes: readonly OutputNode[], data: vscode.DataTransfer): void {
    const uris = nodes.flatMap((node) => {
      const objects = node.kind === 'object' ? [node.object] : node.kind === 'run' ? node.listed.objects : [];
      return objects.map(({ key }) => objectUri({ destination: destinationOf(node), key }).toString());
    });
    if (uris.length > 0) data.set(URIS, new vscode.DataTransferItem(uris.join('\r\n')));
  }

  async handleDrop(target: OutputNode | undefined, data: vscode.DataTransfer): Promise<void> {
    const text = (await data.get(URIS)?.asString()) ?? '';
    const files = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
    if (files.length === 0) return;
    const syncId = target !== undefined && 'syncId' in target ? target.syncId : undefined;
    this.onDrop({
      files,
      ...(target === undefined ? {} : { destination: destinationOf(target) }),
      ...(syncId === undefined ? {} : { syncId }),
    });
  }
}
