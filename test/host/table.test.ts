import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ProblemError } from '../../src/core/problem.ts';
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
  /** Whether the page is told, too. */
  let isPassedOn: boolean;

  /** Shows a source in the one table of these tests. */
  function show(source: TableSource): void {
    shown = showTable({ id: 'test', title: 'test', source, extensionUri }) as typeof shown;
  }

  beforeEach(() => {
    show(rowsAtHand(columns, [['first']]));
    told = [];
    isPassedOn = false;
    const { webview } = shown.panel;
    const post = webview.postMessage.bind(webview);
    webview.postMessage = (message: ToTable) => {
      told.push(message);
      return isPassedOn ? post(message) : Promise.resolve(true);
    };
  });
  afterEach(() => shown.close());

  const states = () => told.filter((message) => message.type === 'state');

  it('says why rows could not be read, and that it can be tried again', async () => {
    isPassedOn = true;
    const problem = { code: 'access-denied', message: 'Not any more.', fix: 'Ask.' } as const;
    show({ ...rowsAtHand(columns, [['first']]), rows: () => Promise.reject(new ProblemError(problem)) });
    const refused = await eventually(() => told.find(({ type }) => type === 'refused'), 'the refusal');
    assert.deepEqual(refused, { type: 'refused', message: 'Not any more. Ask.', again: true });
  });

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
