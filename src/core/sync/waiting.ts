import os from 'node:os';

/** What a run waits for before it begins: another run of its sync, which is being committed. */
export interface Waiting {
  /** Who commits, in the words of its record. */
  machine: string;
  /** When the run goes on all the same, unless the other shows itself until then; missing where the store tells no times. */
  until?: Date;
}

const MOST_CHARACTERS = 64;

/**
 * What is waited for, from what a record says.
 * @param owner `machine:process`, as whoever has written the record calls itself
 * @param leftMs how long its lease goes on
 */
export function waitingFor(owner: string, leftMs: number | undefined): Waiting {
  const name = owner.replace(/:\d*$/, '');
  // It comes from the store: nothing in it may steer what shows it.
  const plain = name.replace(/[^\p{L}\p{N}._ -]/gu, '').slice(0, MOST_CHARACTERS);
  const machine = name === os.hostname() ? 'another window' : plain === '' ? 'another machine' : plain;
  return { machine, ...(leftMs === undefined ? {} : { until: new Date(Date.now() + leftMs) }) };
}

/** Says whom a run waits for, and until when. */
export function waitingText({ machine, until }: Waiting): string {
  const text = `Waiting for ${machine} to commit its run of this sync`;
  if (until === undefined) return text;
  return `${text}; if that stops, this run goes on at ${until.toLocaleTimeString('en-GB')}`;
}
