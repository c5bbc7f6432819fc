/**
 * Gathers bytes into buffers of exactly `chunkBytes`; the last may be smaller, and there is none for no bytes. Each buffer is
 * a slab of its own: the SDK keeps what it is given until S3 has it, and small pieces would keep much larger slabs alive.
 */
export async function* inChunks(bytes: AsyncIterable<Buffer>, chunkBytes: number): AsyncGenerator<Buffer> {
  let chunk: Buffer | undefined;
  let filled = 0;
  for await (const piece of bytes) {
    let rest = piece;
    while (rest.length > 0) {
      chunk ??= Buffer.allocUnsafeSlow(chunkBytes);
      const taken = rest.copy(chunk, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < chunkBytes) continue;
      yield chunk;
      chunk = undefined;
      filled = 0;
    }
  }
  if (chunk !== undefined) yield chunk.subarray(0, filled);
}
