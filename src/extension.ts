import path from 'node:path';
import * as vscode from 'vscode';
import type { S3DestinationsApi } from './api.ts';
import { SpareExporter } from './core/engine/spareExporter.ts';
import { type Handler, registerCommand } from './vscode/commands.ts';
import { destinationCommands } from './vscode/destinations/destinationCommands.ts';
import { DestinationStore } from './vscode/destinations/destinationStore.ts';
import { Stores } from './vscode/destinations/stores.ts';
import { announceExport } from './vscode/exports/announceExport.ts';
import { describeSql } from './vscode/exports/describeSql.ts';
import { exportFiles } from './vscode/exports/exportFiles.ts';
import {
  askForExport,
  exporterProgram,
  exportQuery,
  previewAndShow,
  previewQuery,
  withSql,
} from './vscode/exports/exportQuery.ts';
import { createApi } from './vscode/exports/exportRows.ts';
import { recoverAtStart, recoverRuns } from './vscode/exports/recoverRuns.ts';
import { runExport, type RunExportContext } from './vscode/exports/runExport.ts';
import { showRunHistory } from './vscode/exports/runHistory.ts';
import { SqlProblems } from './vscode/exports/sqlProblems.ts';
import { diagnoseCommands } from './vscode/diagnose/diagnoseCommands.ts';
import { CheckResults } from './vscode/diagnose/checkResults.ts';
import { Log } from './vscode/log.ts';
import { exportDropped, objectCommands } from './vscode/objects/objectCommands.ts';
import { lookCommands } from './vscode/look/lookCommands.ts';
import { ObjectFileSystem } from './vscode/look/objectFileSystem.ts';
import { registerNodeColours } from './vscode/outputs/nodeColours.ts';
import { OutputsDragAndDrop } from './vscode/outputs/dragAndDrop.ts';
import { asNode, syncOf } from './vscode/outputs/outputActions.ts';
import { outputCommands } from './vscode/outputs/outputCommands.ts';
import { OutputsTree } from './vscode/outputs/outputsTree.ts';
import { tableCommands } from './vscode/table/tableCommands.ts';
import { removeCommands } from './vscode/outputs/removeCommands.ts';
import { createOutputsView, viewCommands } from './vscode/outputs/viewCommands.ts';
import { registerReports, showDifference, showReport } from './vscode/reports.ts';
import { isAboutSync } from './vscode/syncs/calledSync.ts';
import { LazySyncs } from './vscode/syncs/lazySyncs.ts';

/** How long after its start the extension looks for runs that were interrupted. */
const RECOVER_AFTER_MS = 3000;

/** Puts the extension together. Nothing is read or sent here: all work waits for a command or for the view. */
export function activate(context: vscode.ExtensionContext): S3DestinationsApi {
  const channel = vscode.window.createOutputChannel('S3 Destinations', { log: true });
  const log = new Log(channel);
  const destinations = new DestinationStore(context, log);
  const stores = new Stores(destinations, log);
  const problems = new SqlProblems();
  const checks = new CheckResults();
  destinations.onDidReplace((name) => checks.forget(name));
  const history = path.join(context.globalStorageUri.fsPath, 'history');
  const onExported: RunExportContext['onExported'] = (work, result) => {
    const { destination, query, source, quiet, isDefined } = work;
    const redrawn = tree.changed(destination, result.syncId);
    if (quiet === true) return;
    const save =
      query === undefined || isDefined === true ? undefined : () => void syncs.saveAsSync({ ...work, source: query });
    redrawn
      .then(() => announceExport(destinations, view, tree, destination, result, source.kind, save))
      .catch((error: unknown) => log.error('The outputs could not be shown.', error));
  };
  const onFailed: RunExportContext['onFailed'] = (destination, syncId) => void tree.changed(destination, syncId);
  const spare = new SpareExporter();
  const exporters = { program: exporterProgram(context.extensionPath), spare };
  const journals = path.join(context.globalStorageUri.fsPath, 'journals');
  const { extensionUri } = context;
  const exports = {
    ...{ exporters, journals, history, extensionUri, destinations, stores, checks, problems, log },
    ...{ onExported, onFailed },
  };
  const syncs = new LazySyncs({
    ...{
      destinations,
      checks,
      log,
      askForExport: (called, title) => askForExport({ destinations, stores }, undefined, called, title),
    },
    describe: (query, signal) => describeSql(exporters, query, signal),
    schedules: path.join(context.globalStorageUri.fsPath, 'schedules'),
    memory: context.workspaceState,
    exportSql: (work) => withSql(exports, work, (of) => runExport(exports, of)),
    previewSql: (work, show) => withSql(exports, work, (of) => previewAndShow(exports, of, show)),
  });
  const tree = new OutputsTree({ destinations, stores, checks, defined: syncs, history, log });
  const dragAndDrop = new OutputsDragAndDrop();
  const view = createOutputsView(tree, dragAndDrop);
  const objects = {
    ...{ destinations, stores, log, showReport, showDifference, exporters },
    selection: () => view.selection,
  };

  dragAndDrop.onDrop = (drop) => void exportDropped(objects, drop, (call) => exportFiles(exports, call));

  const commands: Record<string, Handler> = {
    ...destinationCommands(destinations, context),
    ...diagnoseCommands({ destinations, stores, checks, log, showReport }),
    exportQuery: ({ given, called }) => exportQuery(exports, given, called),
    ...syncs.commands(),
    previewSync: (call) =>
      isAboutSync(call) ? syncs.previewSync(call) : previewQuery(exports, call.given, call.called),
    showRunHistory: ({ given, called }) =>
      showRunHistory(stores, history, given ?? syncOf(asNode(called) ?? view.selection[0])),
    recoverRuns: () => recoverRuns(exports).finally(() => void tree.refresh()),
    exportFiles: (call) => exportFiles(exports, call),
    ...tableCommands(),
    ...objectCommands(objects),
    ...lookCommands({ ...objects, extensionUri }),
    ...outputCommands(stores),
    ...removeCommands({ ...objects, onRemoved: (destination) => void tree.changed(destination) }),
    ...viewCommands(tree, view),
    showLog: () => log.show(),
  };
  // Later, so that nothing waits for it.
  const recovery = setTimeout(() => void recoverAtStart(exports), RECOVER_AFTER_MS);
  context.subscriptions.push({ dispose: () => clearTimeout(recovery) }, registerReports());
  const files = new ObjectFileSystem({ destinations, stores, log });
  context.subscriptions.push(
    files,
    tree.onDidDoubt((destination) => void files.look(destination)),
  );
  context.subscriptions.push(spare, channel, destinations, stores, checks, problems, view, tree, syncs);
  context.subscriptions.push(registerNodeColours());
  for (const [id, handler] of Object.entries(commands)) context.subscriptions.push(registerCommand(id, handler, log));
  return createApi(exports);
}
