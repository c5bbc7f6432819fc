import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import path from 'node:path';

/** The kernel's buffer for one direction of a socket is not much larger. */
const WINDOW_BYTES = 256 * 1024;
/** The path of a socket must not be longer on any system: macOS takes 104 bytes with the zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * A pipe to a process of our own that is read through one window. The pipe of a child process that Node makes is read into
 * new memory with each read: for some 100 MB of it, the garbage collector of the editor's extension host runs ten times.
 */
export interface FramesPipe {
  /** The end for the child process, to be let go of as soon as that has it. */
  readonly theirs: Socket;
  /** What comes out. Each piece is valid until the next is asked for. What is not read is not taken from the writer. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Closes our end. Whoever still writes gets an error. */
  destroy(): void;
}

/**
 * Makes a pipe.
 * @param folder nobody else may look into it; nothing stays in it
 * @returns undefined where there is none to be had: on Windows, and in folders that take no sockets or have a very long path
 */
export async function makeFramesPipe(folder: string): Promise<FramesPipe | undefined> {
  const place = path.join(folder, 'frames');
  if (process.platform === 'win32' || Buffer.byteLength(place) > MAX_SOCKET_PATH_BYTES) return undefined;
  const server = net.createServer({ pauseOnConnect: true }).listen(place);
  try {
    await once(server, 'listening');
    const window = new Window(place);
    const [[theirs]] = (await Promise.all([once(server, 'connection'), window.connected])) as [[Socket], unknown];
    return { theirs, bytes: window, destroy: () => window.destroy() };
  } catch {
    // There are folders that take no sockets, or let nobody connect to them.
    return undefined;
  } finally {
    server.close();
  }
}

/** Reads a socket into one and the same buffer. */
class Window implements AsyncIterable<Buffer> {
  readonly #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  readonly #socket: Socket;
  #filled = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** Resolves when somebody is at the other end. */
  readonly connected: Promise<void>;

  constructor(place: string) {
    const onread = { buffer: this.#buffer, callback: (bytes: number) => this.#arrived(bytes) };
    this.#socket = net.connect({ path: place, onread });
    this.connected = once(this.#socket, 'connect').then(() => undefined);
    this.#socket.on('end', () => this.#end());
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#filled > 0) {
        yield this.#buffer.subarray(0, this.#filled);
        this.#filled = 0;
        this.#socket.resume();
      } else if (this.#error !== undefined) {
        throw this.#error;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #arrived(bytes: number): boolean {
    this.#filled = bytes;
    this.#wakeUp();
    return false;
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
