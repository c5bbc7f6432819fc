// A thread that reads named pipes into the ring of a `PipeThread`, one after the other.
import { closeSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type Ring, TAKEN } from './pipeThread.ts';

const { blocks, states, blockBytes } = workerData as Ring;
const state = new Int32Array(states);
const count = blocks.byteLength / blockBytes;

const stopped = (): boolean => Atomics.load(state, count) !== 0;

parentPort?.on('message', (pipe: number | undefined) => {
  try {
    if (pipe !== undefined) readAll(pipe);
  } finally {
    // Whoever still writes is told by it.
    if (pipe !== undefined) closeSync(pipe);
  }
  if (stopped()) parentPort?.close();
});

/** Reads a pipe to its end, or until it is not wanted any more. A block that is not full is the last. */
function readAll(pipe: number): void {
  for (let i = 0; ; i = (i + 1) % count) {
    Atomics.wait(state, i, TAKEN);
    if (stopped()) return;
    const bytes = fill(pipe, new Uint8Array(blocks, i * blockBytes, blockBytes));
    Atomics.store(state, i, TAKEN);
    parentPort?.postMessage(bytes);
    if (bytes < blockBytes) return;
  }
}

/** @returns how many bytes there were, fewer than fit in only at the end */
function fill(pipe: number, block: Uint8Array): number {
  let filled = 0;
  for (let read = -1; read !== 0 && filled < block.length;) {
    read = readSync(pipe, block, filled, block.length - filled, null);
    filled += read;
  }
  return filled;
}
