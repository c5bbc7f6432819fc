import type { Repair } from '../../diagnose/repairs.ts';
import type { Kind, Mode } from '../exportRequest.ts';

/** Where the syncs of a workspace folder are defined, from that folder. */
export const SYNCS_FILE = '.vscode/s3-syncs.json';

/** A part of a definition's text, in UTF-16 units. */
export interface TextSpan {
  offset: number;
  length: number;
}

/** The way to a value within a definition, as in `['syncs', 3, 'mode']`. */
export type JsonPath = (string | number)[];

/** A sync as it is defined in a file of the workspace. Plain JSON. */
export interface SyncDefinition {
  id: string;
  /** The name of a destination, which need not exist. */
  destination: string;
  /** The `.sql` file that holds the query, by its path from the workspace folder; as it was written. */
  model?: string;
  /** The query itself, in the place of a model. */
  sql?: string;
  kind: Kind;
  mode: Mode;
  primaryKey: string[];
  onlyNewRows: boolean;
  /** When it runs by itself, as it was written; only one that can be read. */
  schedule?: unknown;
  /** All that the definition says of how to write, as `exportQuery` takes it. */
  how: Readonly<Record<string, unknown>>;
  /** Its place among the definitions of its file, from 0. */
  index: number;
  /** All of its text. */
  span: TextSpan;
  /** Where the values of its properties are. */
  values: Readonly<Record<string, TextSpan>>;
}

/** What can be done about a finding. Plain JSON. */
export type SyncFix =
  /** Puts a value into the definition; undefined takes the property away. */
  | { kind: 'set'; title: string; path: JsonPath; value: unknown }
  | { kind: 'add-destination'; name: string }
  | { kind: 'create-model'; model: string }
  /** Asks which of the query's columns are the key. */
  | { kind: 'choose-key'; syncId: string }
  | { kind: 'repair'; destination: string; repair: Repair }
  | { kind: 'rename'; path: JsonPath; id: string };

/** What is wrong with a file of definitions. */
export interface SyncFinding {
  code: SyncFindingCode;
  severity: 'error' | 'warning';
  /** One or two sentences. */
  message: string;
  span: TextSpan;
  /** The definition that it is about; missing for what is wrong with the whole file. */
  index?: number;
  fixes?: SyncFix[];
  /** What else it is about. */
  related?: { message: string; file: string; span: TextSpan }[];
}

export type SyncFindingCode =
  | 'syntax'
  | 'unreadable'
  | 'too-large'
  | 'too-many'
  | 'unknown-property'
  | 'duplicate-property'
  | 'missing-property'
  | 'invalid-value'
  | 'mode-and-kind'
  | 'duplicate-id'
  | 'unknown-destination'
  | 'model-path'
  | 'missing-model'
  | 'unknown-column'
  | 'overlapping-outputs'
  | 'destination';

/** What a file of definitions holds. */
export interface ParsedSyncs {
  /** All definitions that have an id, whether or not something is wrong with them. None if the file cannot be read. */
  syncs: SyncDefinition[];
  findings: SyncFinding[];
}
