import * as vscode from 'vscode';
import { Arguments } from '../../core/arguments.ts';
import { invalidArgument } from '../../core/problem.ts';
import type { Handler } from '../commands.ts';
import { asNode, nodesOf } from './outputActions.ts';
import type { OutputNode } from './outputNodes.ts';
import { ORDERS, type Order, orderSetting } from './outputOrder.ts';
import type { OutputsTree } from './outputsTree.ts';

const VIEW = 's3Destinations.outputs';
const FILTERED = 's3Destinations.outputsFiltered';

/** Shows the tree in its view. */
export function createOutputsView(
  tree: OutputsTree,
  dragAndDropController: vscode.TreeDragAndDropController<OutputNode>,
): vscode.TreeView<OutputNode> {
  return vscode.window.createTreeView(VIEW, {
    treeDataProvider: tree,
    showCollapseAll: true,
    canSelectMany: true,
    dragAndDropController,
  });
}

/** The commands about the view itself, by their names. */
export function viewCommands(tree: OutputsTree, view: vscode.TreeView<OutputNode>): Record<string, Handler> {
  return {
    refreshOutputs: ({ called }) => tree.refresh(asNode(called)),
    refreshOutput: async (call) => {
      for (const node of nodesOf({ selection: () => view.selection }, call)) await tree.refresh(node);
    },
    loadMore: async ({ called }) => {
      const node = asNode(called) ?? view.selection[0];
      if (node?.kind !== 'more') throw invalidArgument('Choose “Load more…” in the outputs.');
      await vscode.window.withProgress({ location: { viewId: VIEW } }, () => tree.loadMore(node));
    },
    filterOutputs: async ({ given }) => {
      const text = given === undefined ? await askFilter(tree.filter) : new Arguments(given).text('text');
      if (text !== undefined) await filter(tree, view, text);
    },
    clearOutputsFilter: () => filter(tree, view, ''),
    sortOutputs: async ({ given }) => {
      const order = given === undefined ? await askOrder() : new Arguments(given).choice('order', ORDERS);
      const settings = vscode.workspace.getConfiguration('s3Destinations');
      if (order !== undefined) await settings.update('outputs.sortOrder', order, vscode.ConfigurationTarget.Global);
    },
    collapseOutputs: () => {
      const collapsed = vscode.commands.executeCommand(`workbench.actions.treeView.${VIEW}.collapseAll`);
      // The editor has that command once the view has been seen: until then, nothing is open.
      return view.visible ? collapsed : collapsed.then(undefined, () => undefined);
    },
  };
}

async function filter(tree: OutputsTree, view: vscode.TreeView<OutputNode>, text: string): Promise<void> {
  const looked = text.trim();
  view.message = looked === '' ? '' : `Only names that contain “${looked}”`;
  await vscode.commands.executeCommand('setContext', FILTERED, looked !== '');
  await tree.setFilter(looked);
}

function askFilter(value = ''): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Filter Outputs',
    prompt: 'Part of the name of syncs, of other objects and of unfinished uploads. Nothing shows all.',
    value,
  });
}

async function askOrder(): Promise<Order | undefined> {
  const now = orderSetting();
  const items = [
    { order: 'default', label: 'As They Come', description: 'syncs and objects by name, runs newest first' },
    { order: 'name', label: 'By Name', description: 'runs oldest first' },
    { order: 'time', label: 'By Time', description: 'newest first, syncs by their newest run' },
    { order: 'size', label: 'By Size', description: 'largest first' },
  ] as const;
  const shown = items.map((item) => ({
    ...item,
    ...(item.order === now ? { iconPath: new vscode.ThemeIcon('check') } : {}),
  }));
  const picked = await vscode.window.showQuickPick(shown, { title: 'Sort Outputs', placeHolder: 'In which order?' });
  return picked?.order;
}
