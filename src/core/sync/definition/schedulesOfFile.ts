import { invalidArgument } from '../../problem.ts';
import { parseSchedule } from '../schedule/schedule.ts';

/** That a time never comes takes long to find out, and a file has room for many of them. */
const MOST_WRONG = 100;

/** Reads the schedules of one file of definitions, but no more once many are found that cannot be used. */
export class SchedulesOfFile {
  #wrong = 0;

  /** @throws ProblemError `invalid-argument` for what is no schedule, or is not looked at any more */
  read(value: unknown): void {
    if (this.#wrong >= MOST_WRONG) {
      throw invalidArgument(`“schedule” is not looked at: ${MOST_WRONG} others of the file cannot be used.`);
    }
    try {
      parseSchedule(value);
    } catch (error) {
      this.#wrong++;
      throw error;
    }
  }
}
