import { invalidArgument } from './problem.ts';

/** An argument object that a caller passed, read field by field. Every method throws `invalid-argument`, naming the field. */
export class Arguments {
  readonly #given: Record<string, unknown>;
  readonly #path: string;

  /** @param path how the object itself is called in messages: empty, or like `target.` */
  constructor(value: unknown, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(`${path === '' ? 'The argument' : `“${path.slice(0, -1)}”`} must be an object.`);
    }
    this.#given = value as Record<string, unknown>;
    this.#path = path;
  }

  /** Whether the field is there and has a value. */
  has(name: string): boolean {
    return this.#given[name] !== undefined && this.#given[name] !== null;
  }

  /** The field as it was passed. */
  raw(name: string): unknown {
    return this.#given[name];
  }

  text(name: string, fallback?: string): string {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    return value;
  }

  /** The field as it was passed, which has to be there. */
  required(name: string): unknown {
    if (!this.has(name)) throw invalidArgument(`“${this.#path}${name}” is missing.`);
    return this.raw(name);
  }

  /** A list of texts, each once; it may not be empty. */
  texts(name: string): string[] {
    const value = this.#given[name];
    const texts = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
    if (!Array.isArray(value) || texts.length !== value.length || texts.length === 0) {
      throw this.#wrong(name, 'a list of texts, and may not be empty');
    }
    return [...new Set(texts)];
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  integer(name: string, least: number, fallback?: number): number {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw this.#wrong(name, `a whole number, ${least} or more`);
    }
    return value;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.#given[name] ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.#wrong(name, choices.map((choice) => `"${choice}"`).join(' or '));
    return found;
  }

  /** The fields of an object within; an empty one where it is missing. */
  within(name: string): Arguments {
    return new Arguments(this.#given[name] ?? {}, `${this.#path}${name}.`);
  }

  /** Refuses a field's value for the reason given, if one is given. */
  refuse(name: string, breach: string | undefined): void {
    if (breach !== undefined && breach !== '')
      throw invalidArgument(`“${this.#path}${name}” cannot be used. ${breach}`);
  }

  #wrong(name: string, expected: string): Error {
    return invalidArgument(`“${this.#path}${name}” must be ${expected}.`);
  }
}
