import { Arguments } from '../arguments.ts';
import { invalidArgument } from '../problem.ts';
import { parseShownCredentials, type ShownCredentials } from './credentials.ts';
import { type DestinationFields, parseDestinationFields } from './destination.ts';

/** A destination as it is handed on: without its secrets. */
export interface SharedDestination extends DestinationFields {
  credentials: ShownCredentials;
}

/** The content of a file of destinations. */
export interface DestinationsFile {
  /** Of the file's form. */
  version: 1;
  destinations: SharedDestination[];
}

const VERSION = 1;
/** A file of destinations is written by people and by us; what is larger is something else. */
export const MAX_FILE_BYTES = 1_000_000;
const MAX_DESTINATIONS = 1000;

/** What a file of destinations holds. */
export function destinationsFile(destinations: SharedDestination[]): DestinationsFile {
  return { version: VERSION, destinations };
}

/**
 * Reads a file of destinations: all of it, or nothing. Secrets that someone has put into it are not taken over.
 * @throws ProblemError `invalid-argument`, naming the field that cannot be used
 */
export function parseDestinationsFile(text: string): SharedDestination[] {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw invalidArgument('A file of destinations has at most 1 MB.');
  const file = new Arguments(parseJson(text));
  if (file.raw('version') !== VERSION) {
    throw invalidArgument(`“version” must be ${VERSION}: this is no file of destinations, or one of a later version.`);
  }
  return parseSharedDestinations(file.raw('destinations'));
}

/** Reads destinations without secrets, all or none. @throws ProblemError `invalid-argument` */
export function parseSharedDestinations(list: unknown): SharedDestination[] {
  if (!Array.isArray(list) || list.length === 0)
    throw invalidArgument('“destinations” must be a list that is not empty.');
  if (list.length > MAX_DESTINATIONS)
    throw invalidArgument(`At most ${MAX_DESTINATIONS} destinations can be imported.`);
  const names = new Set<string>();
  return list.map((value: unknown, i) => {
    const path = `destinations[${i}].`;
    const fields = parseDestinationFields(value, path);
    if (names.has(fields.name)) throw invalidArgument(`“${path}name” cannot be used. ${fields.name} is there twice.`);
    names.add(fields.name);
    const credentials = parseShownCredentials(
      new Arguments(value, path).raw('credentials') ?? {},
      `${path}credentials.`,
    );
    return { ...fields, credentials };
  });
}

function parseJson(text: string): unknown {
  try {
    // Some editors begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw invalidArgument('This is no file of destinations: it is not JSON.');
  }
}
