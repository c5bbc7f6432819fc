import { deserialize } from 'node:v8';

const LENGTH_BYTES = 4;

/**
 * Reads the batches of rows that the host sends. What is not asked for is not read, and so not sent.
 * @throws when the pipe ends before the batch of no length that says that all is there
 */
export async function* readRows(pipe: AsyncIterable<Buffer>): AsyncGenerator<unknown[][]> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let wanted = LENGTH_BYTES;
  for await (const chunk of pipe) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Put together only when a batch is complete: a large one comes in thousands of chunks.
    if (bytes < wanted) continue;
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    for (;;) {
      wanted = LENGTH_BYTES;
      if (rest.length < wanted) break;
      const length = rest.readUInt32BE(0);
      if (length === 0) return;
      wanted += length;
      if (rest.length < wanted) break;
      yield deserialize(rest.subarray(LENGTH_BYTES, wanted)) as unknown[][];
      rest = rest.subarray(wanted);
    }
    chunks = [rest];
    bytes = rest.length;
  }
  throw new Error('The rows broke off.');
}
