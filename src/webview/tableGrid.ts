import {
  CellStyleModule,
  ColumnApiModule,
  type ColDef,
  createGrid,
  type GridApi,
  type IHeaderComp,
  type IHeaderParams,
  InfiniteRowModelModule,
  type ICellRendererParams,
  ModuleRegistry,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
  themeQuartz,
} from 'ag-grid-community';
import type { Place } from '../core/table/tableMessages.ts';
import type { Cell, ColumnKind, TableColumn, TableState } from '../core/table/tableSource.ts';

ModuleRegistry.registerModules([
  InfiniteRowModelModule,
  CellStyleModule,
  ColumnApiModule,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
]);

type Row = readonly Cell[];

const BLOCK_ROWS = 200;
/** A cell shows no more than fits; what is longer is seen in full below the table. */
const SHOWN_CHARS = 300;
const MIN_WIDTH = 60;
const MAX_WIDTH = 360;

const ICONS: Readonly<Record<ColumnKind, [icon: string, word: string]>> = {
  text: ['symbol-string', 'text'],
  number: ['symbol-numeric', 'number'],
  boolean: ['symbol-boolean', 'true or false'],
  time: ['calendar', 'date or time'],
  nested: ['json', 'nested'],
  binary: ['file-binary', 'binary'],
};

/** What the grid asks of the page. */
export interface GridHost {
  nonce: string;
  rows(start: number, count: number): Promise<readonly Row[]>;
  /** The place that has the focus has changed. */
  focused(place: Place | undefined): void;
  /** A value is to be shown in full. */
  open(place: Place, cell: Cell | undefined): void;
}

/** The rows and columns on the screen: a grid that makes only those cells that are in sight. */
export class TableGrid {
  readonly #host: GridHost;
  readonly #element: HTMLElement;
  #api: GridApi<Row> | undefined;
  #columns = 0;
  #rows = 0;
  #source: number | undefined;
  #showing = Promise.resolve();
  #found = new Set<string>();
  #current = '';

  constructor(element: HTMLElement, host: GridHost) {
    this.#element = element;
    this.#host = host;
  }

  /**
   * Shows what is known now; what has the focus keeps it, unless the rows are of another source.
   * @param label what a screen reader calls the grid
   */
  show(state: TableState, source: number, label: string): Promise<void> {
    this.#showing = this.#showing.then(() => this.#show(state, source, label));
    return this.#showing;
  }

  async #show({ columns, rows }: TableState, source: number, label: string): Promise<void> {
    if (source !== this.#source || this.#api === undefined) {
      this.#source = source;
      this.#columns = columns.length;
      this.#rows = rows;
      const sample = await this.#sample(0);
      this.#api?.destroy();
      this.#api = this.#create(columns, sample, label);
      return;
    }
    if (columns.length > this.#columns) {
      this.#columns = columns.length;
      const sample = await this.#sample(Math.max(0, rows - BLOCK_ROWS));
      this.#api.setGridOption('columnDefs', this.#columnDefs(columns, sample, rows));
    }
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#api.setRowCount(rows, true);
    this.#api.refreshInfiniteCache();
  }

  /** Rows by which the columns get their width; none where they cannot be read. */
  #sample(start: number): Promise<readonly Row[]> {
    return this.#host.rows(start, BLOCK_ROWS).catch(() => []);
  }

  /** The place that has the focus. The grid itself tells of it a moment later only. */
  get focused(): Place | undefined {
    const cell = this.#api?.getFocusedCell();
    const column = Number(cell?.column.getColId() ?? Number.NaN);
    return cell == null || Number.isNaN(column) ? undefined : { row: cell.rowIndex, column };
  }

  /** Marks the cells that were found. */
  mark(places: readonly Place[]): void {
    this.#found = new Set(places.map(keyOf));
    this.#current = '';
    this.#api?.refreshCells({ force: true });
  }

  /** Brings a cell that was found into sight. */
  goTo(place: Place): void {
    this.#current = keyOf(place);
    this.#api?.ensureIndexVisible(place.row, 'middle');
    this.#api?.ensureColumnVisible(String(place.column), 'auto');
    this.#api?.refreshCells({ force: true });
  }

  /** The place that an element of the grid belongs to. */
  placeOf(target: EventTarget | null): Place | undefined {
    if (!(target instanceof Element)) return undefined;
    const cell = target.closest('.ag-cell, .ag-header-cell');
    const row = target.closest('[row-index]')?.getAttribute('row-index');
    const column = Number(cell?.getAttribute('col-id') ?? '');
    if (cell === null || Number.isNaN(column)) return undefined;
    return { row: Number(row ?? 0), column };
  }

  focus(): void {
    const focused = this.#api?.getFocusedCell();
    if (focused == null) this.#api?.setFocusedCell(0, '0');
    else this.#api?.setFocusedCell(focused.rowIndex, focused.column);
  }

  #create(columns: readonly TableColumn[], sample: readonly Row[], label: string): GridApi<Row> {
    const { fontSize } = getComputedStyle(document.body);
    const rowHeight = Math.round(Number.parseFloat(fontSize) * 1.7);
    const api = createGrid<Row>(this.#element, {
      theme,
      styleNonce: this.#host.nonce,
      columnDefs: this.#columnDefs(columns, sample, this.#rows),
      defaultColDef: { resizable: true, sortable: false, suppressHeaderMenuButton: true },
      rowModelType: 'infinite',
      cacheBlockSize: BLOCK_ROWS,
      maxBlocksInCache: 20,
      infiniteInitialRowCount: this.#rows,
      datasource: {
        rowCount: this.#rows,
        getRows: (asked) => {
          const { startRow, endRow } = asked;
          const rows = startRow === 0 && sample.length >= Math.min(endRow, this.#rows) ? sample : undefined;
          Promise.resolve(rows ?? this.#host.rows(startRow, endRow - startRow)).then(
            (read) => asked.successCallback([...read], this.#rows),
            () => asked.failCallback(),
          );
        },
      },
      rowHeight,
      headerHeight: rowHeight + 6,
      rowBuffer: 20,
      ensureDomOrder: true,
      suppressMovableColumns: true,
      suppressColumnVirtualisation: false,
      suppressRowHoverHighlight: false,
      animateRows: false,
      onCellFocused: () => this.#host.focused(this.focused),
      onCellDoubleClicked: ({ rowIndex, column, value }) => this.#open(rowIndex, column.getColId(), value as Cell),
      onCellKeyDown: ({ event, rowIndex, ...cell }) => {
        if ((event as KeyboardEvent | undefined)?.key !== 'Enter' || !('column' in cell)) return;
        this.#open(rowIndex, cell.column.getColId(), cell.value as Cell);
      },
    });
    this.#element.querySelector('[role=grid], [role=treegrid]')?.setAttribute('aria-label', label);
    return api;
  }

  #open(row: number | null, columnId: string, cell: Cell | undefined): void {
    const column = Number(columnId);
    if (row !== null && !Number.isNaN(column)) this.#host.open({ row, column }, cell);
  }

  #columnDefs(columns: readonly TableColumn[], sample: readonly Row[], rows: number): ColDef<Row>[] {
    const numbers: ColDef<Row> = {
      colId: 'number',
      headerName: '',
      valueGetter: ({ node }) => (node?.rowIndex ?? 0) + 1,
      cellRenderer: ({ value }: ICellRendererParams<Row, number>) =>
        span('number', (value ?? 0).toLocaleString('en-US')),
      cellClass: 'row-number right',
      pinned: 'left',
      width: widthOf((Math.max(rows, 1000) * 10).toLocaleString('en-US').length),
      resizable: false,
      cellAriaRole: 'rowheader',
    };
    return [
      numbers,
      ...columns.map((column, i): ColDef<Row> => ({
        colId: String(i),
        headerName: column.name,
        headerComponent: ColumnHeader,
        headerComponentParams: { kind: column.kind, type: column.type },
        valueGetter: ({ data }) => data?.[i],
        cellRenderer: ({ value, data }: ICellRendererParams<Row, Cell>) => cellElement(value, column.kind, data),
        cellClass: column.kind === 'number' ? 'right' : '',
        cellClassRules: {
          current: ({ rowIndex }) => this.#current === keyOf({ row: rowIndex, column: i }),
          found: ({ rowIndex }) => this.#found.size > 0 && this.#found.has(keyOf({ row: rowIndex, column: i })),
        },
        width: columnWidth(column, i, sample),
      })),
    ];
  }
}

function keyOf({ row, column }: Place): string {
  return `${row}:${column}`;
}

/** How a value looks in a cell. @param data the row, which is missing as long as it is read */
function cellElement(cell: Cell | undefined, kind: ColumnKind, data: Row | undefined): HTMLElement {
  if (data === undefined) return span('reading', '…');
  if (cell === null) return span('null', 'NULL');
  if (cell === false || cell === undefined) return span('missing', '');
  if (cell === '') return span('null', '""');
  if (kind === 'nested') {
    const folded = foldedText(cell);
    if (folded !== undefined) return span('nested', folded);
  }
  return span('', cell.length > SHOWN_CHARS ? `${cell.slice(0, SHOWN_CHARS)}…` : cell);
}

/** A nested value in short: how much is in it, and how it begins. */
function foldedText(json: string): string | undefined {
  const begins = json.slice(0, SHOWN_CHARS);
  if (json.length > 100_000) return `${begins}…`;
  try {
    const value: unknown = JSON.parse(json);
    if (Array.isArray(value)) return `[${value.length}] ${begins}`;
    if (typeof value === 'object' && value !== null) return `{${Object.keys(value).length}} ${begins}`;
  } catch {
    // It is shown as it is.
  }
  return undefined;
}

function span(className: string, text: string): HTMLElement {
  const element = document.createElement('span');
  if (className !== '') element.className = className;
  // Line breaks would be seen as spaces.
  element.textContent = text.replaceAll(/\r\n|\n|\r/g, '⏎').replaceAll('\t', '⇥');
  return element;
}

let charWidth: number | undefined;

function widthOf(chars: number): number {
  if (charWidth === undefined) {
    const context = document.createElement('canvas').getContext('2d');
    const { fontSize, fontFamily } = getComputedStyle(document.body);
    if (context !== null) context.font = `${fontSize} ${fontFamily}`;
    charWidth = (context?.measureText('ABC abc 012').width ?? 77) / 11;
  }
  return Math.ceil(chars * charWidth) + 24;
}

function columnWidth(column: TableColumn, index: number, sample: readonly Row[]): number {
  // The header has an icon, too.
  let chars = column.name.length + 4;
  for (const row of sample) {
    const cell = row[index];
    const extra = column.kind === 'nested' ? 5 : 0;
    if (typeof cell === 'string') chars = Math.max(chars, cell.length + extra);
    else if (cell === null) chars = Math.max(chars, 4);
  }
  return Math.min(Math.max(widthOf(Math.min(chars, 1000)), MIN_WIDTH), MAX_WIDTH);
}

/** The head of a column: an icon for the kind of its values, and its name. */
class ColumnHeader implements IHeaderComp {
  readonly #element = document.createElement('div');

  init({ displayName, ...params }: IHeaderParams & { kind?: ColumnKind; type?: string }): void {
    const [icon, word] = ICONS[params.kind ?? 'text'];
    const mark = span(`codicon codicon-${icon}`, '');
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', params.type ?? word);
    this.#element.className = 'column-header';
    this.#element.title = `${displayName}\n${params.type ?? word}`;
    this.#element.append(mark, span('name', displayName));
  }

  getGui(): HTMLElement {
    return this.#element;
  }

  refresh(): boolean {
    return false;
  }
}

/** All colours are the editor's. */
const theme = themeQuartz.withParams({
  accentColor: 'var(--vscode-focusBorder)',
  backgroundColor: 'var(--vscode-editor-background)',
  foregroundColor: 'var(--vscode-editor-foreground)',
  borderColor: 'var(--table-line)',
  borderRadius: 0,
  wrapperBorder: false,
  wrapperBorderRadius: 0,
  cellHorizontalPadding: 8,
  columnBorder: { color: 'var(--table-line)' },
  rowBorder: { color: 'var(--table-line)' },
  headerBackgroundColor: 'var(--vscode-keybindingTable-headerBackground, var(--vscode-editorWidget-background))',
  headerTextColor: 'var(--vscode-foreground)',
  headerFontWeight: 600,
  rowHoverColor: 'var(--vscode-list-hoverBackground)',
  fontFamily: 'var(--vscode-editor-font-family)',
  headerFontFamily: 'var(--vscode-font-family)',
  fontSize: 'var(--vscode-font-size)',
  dataFontSize: 'var(--vscode-font-size)',
  focusShadow: 'none',
});
