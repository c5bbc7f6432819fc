/** What the query engine writes lines to as if it were a file, read in blocks while it writes. */
export interface LineSource extends AsyncIterable<Buffer> {
  /** Where the engine writes. */
  readonly path: string;
  /** Says that no more will be written: the lines end when all of them have been read. */
  writerDone(): void;
  /** Says that of the bytes given so far only the last `held` may still be looked at: other blocks may be used again. */
  letGo(held: number): void;
  /** Stops reading. Whoever still writes gets an error, where that can be had. */
  destroy(): void;
}
