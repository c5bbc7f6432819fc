import { closeSync, openSync, readSync } from 'node:fs';

const POLL_MS = 50;

/**
 * Passes what is appended to `file` on to `write`, until the returned function is called; that passes on the rest.
 * The file must exist.
 */
export function follow(file: string, write: (chunk: Buffer) => void): () => void {
  const fd = openSync(file, 'r');
  const read = () => {
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const length = readSync(fd, chunk);
      if (length === 0) return;
      write(chunk.subarray(0, length));
    }
  };
  const timer = setInterval(read, POLL_MS);
  return () => {
    clearInterval(timer);
    read();
    closeSync(fd);
  };
}
