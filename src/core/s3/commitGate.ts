import type { InitializeHandler, InitializeMiddleware, MetadataBearer } from '@smithy/types';

/** The parts of a command's input that the gate looks at. */
interface Input {
  Key?: string;
}

/** The requests that make an object visible. */
const VISIBLE: ReadonlySet<string> = new Set(['CompleteMultipartUploadCommand', 'PutObjectCommand']);

/**
 * Holds the requests that make objects visible until the whole run is staged, so that all of it appears or nothing does.
 * It is a middleware on the client that a run uploads with.
 */
export class CommitGate {
  readonly #opened = Promise.withResolvers<undefined>();
  readonly #arrivals = new Map<string, PromiseWithResolvers<undefined>>();
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #passing = 0;

  /**
   * @param atOnce how many requests pass the open gate side by side: of thousands that were let loose, those that wait long
   * for a connection would be given up
   */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
    // A gate may be closed for good before anything has arrived at it.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves when the object waits at the gate: all of it is with S3, and nobody sees it. */
  arrival(key: string): Promise<undefined> {
    return this.#arrival(key).promise;
  }

  /** Lets all that waits and all that comes pass. */
  open(): void {
    this.#opened.resolve(undefined);
  }

  /** Refuses all that waits and all that comes. Does nothing once the gate is open. */
  refuse(reason: unknown): void {
    this.#opened.reject(reason);
  }

  /** The middleware for the `initialize` step, so that a retry does not pass the gate again. */
  readonly middleware: InitializeMiddleware<object, MetadataBearer> =
    (next: InitializeHandler<object, MetadataBearer>, context) => async (args) => {
      if (!VISIBLE.has(String(context.commandName))) return next(args);
      this.#arrival((args.input as Input).Key ?? '').resolve(undefined);
      await this.#opened.promise;
      if (this.#passing >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else this.#passing++;
      try {
        return await next(args);
      } finally {
        // Whoever is next takes the place.
        const follow = this.#waiting.shift();
        if (follow === undefined) this.#passing--;
        else follow();
      }
    };

  #arrival(key: string): PromiseWithResolvers<undefined> {
    const known = this.#arrivals.get(key);
    if (known !== undefined) return known;
    const arrival = Promise.withResolvers<undefined>();
    this.#arrivals.set(key, arrival);
    return arrival;
  }
}
