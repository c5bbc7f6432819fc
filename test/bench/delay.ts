import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is between here and a store. */
export interface Line {
  /** There and back. */
  milliseconds: number;
  /** What one connection carries in a second, in bytes. */
  bytesPerSecond: number;
}

/** A store at the end of a line. */
export interface Delayed {
  endpoint: string;
  close: () => void;
}

/** Puts a line between callers and a store on this machine: each connection is as slow as the line says. */
export async function behind(endpoint: string, line: Line): Promise<Delayed> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()));
    }
    carry(near, far, line);
    carry(far, near, line);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Passes bytes on, late, and not faster than the line. Takes no more than it can have under way. */
function carry(from: Socket, to: Socket, { milliseconds, bytesPerSecond }: Line): void {
  let free = 0;
  let before = Promise.resolve();
  // Timers alone would not keep the order.
  const later = (at: number, act: () => void): void => {
    before = before.then(() => sleep(Math.max(0, at - performance.now()))).then(act);
  };
  from.on('data', (bytes: Buffer) => {
    const now = performance.now();
    free = Math.max(free, now) + (bytes.length / bytesPerSecond) * 1000;
    if (free > now) {
      from.pause();
      setTimeout(() => from.resume(), free - now);
    }
    later(free + milliseconds / 2, () => void to.write(bytes));
  });
  from.on('end', () => later(free + milliseconds / 2, () => void to.end()));
}
