/** What came of the cases of a suite. */
export interface Tally {
  tried: number;
  survived: number;
}

const AT_ONCE = 6;

/**
 * Plays cases side by side. All are played, whatever comes of one.
 * @throws Error naming those that failed
 */
export async function playAll<T>(cases: readonly T[], play: (one: T) => Promise<void>, tally: Tally): Promise<void> {
  const failures: string[] = [];
  const rest = cases.values();
  const player = async (): Promise<void> => {
    for (const one of rest) {
      tally.tried++;
      try {
        await play(one);
        tally.survived++;
      } catch (error) {
        failures.push(`${JSON.stringify(one)}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, player));
  if (failures.length > 0) throw new Error(`${failures.length} of ${cases.length}:\n${failures.join('\n')}`);
}
