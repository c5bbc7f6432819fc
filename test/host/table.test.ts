import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ToTable } from '../../src/core/table/tableMessages.ts';
import { rowsAtHand, type TableSource } from '../../src/core/table/tableSource.ts';
import { onActiveTable, type ShownTable, showTable } from '../../src/vscode/table/showTable.ts';
import { eventually } from './hostSession.ts';

describe('a table', () => {
  const extensionUri =
    vscode.extensions.getExtension('s3destinations.s3-destinations')?.extensionUri ?? vscode.Uri.file('/');
  const columns = [{ name: 'a', kind: 'text' as const }];
  let shown: ShownTable & { panel: vscode.WebviewPanel };
  let told: ToTable[];

  /** Shows a source in the one table of these tests. */
  function show(source: TableSource): void {
    shown = showTable({ id: 'test', title: 'test', source, extensionUri }) as typeof shown;
  }

  beforeEach(() => {
    show(rowsAtHand(columns, [['first']]));
    told = [];
    shown.panel.webview.postMessage = (message: ToTable) => Promise.resolve(told.push(message) > 0);
  });
  afterEach(() => shown.close());

  const states = () => told.filter((message) => message.type === 'state');

  it('tells nothing of rows that were being loaded when others came in their place', async () => {
    const loading = Promise.withResolvers<undefined>();
    const slow = rowsAtHand(columns, [['slow']]);
    show({ ...slow, state: () => ({ ...slow.state(), more: true }), loadMore: () => loading.promise });
    const more = onActiveTable('more');
    await eventually(() => (states().at(-1)?.loading === true ? true : undefined), 'the start');
    show(rowsAtHand(columns, [['other']]));
    assert.equal(states().at(-1)?.loading, false);
    const before = told.length;
    loading.reject(new Error('cut off'));
    await more;
    assert.deepEqual(told.slice(before), []);
  });
});
