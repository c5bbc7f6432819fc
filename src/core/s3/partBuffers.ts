/**
 * Gathers bytes into buffers of exactly `partBytes`; the last may be smaller, and there is none for no bytes. Each buffer
 * is a slab of its own: the SDK keeps a part until S3 has it, and small pieces would keep much larger slabs alive.
 */
export async function* inParts(bytes: AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let part: Buffer | undefined;
  let filled = 0;
  for await (const chunk of bytes) {
    let rest = chunk;
    while (rest.length > 0) {
      part ??= Buffer.allocUnsafeSlow(partBytes);
      const taken = rest.copy(part, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < partBytes) continue;
      yield part;
      part = undefined;
      filled = 0;
    }
  }
  if (part !== undefined) yield part.subarray(0, filled);
}
