import * as vscode from 'vscode';

/** When a sync is due next. */
export interface NextRun {
  syncId: string;
  at: Date;
}

const MOST_LINES = 20;

/** Says in the status bar what runs next, while a schedule is on. */
export class ScheduleStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('s3Destinations.schedule', vscode.StatusBarAlignment.Left);

  constructor() {
    this.#item.name = 'S3 Scheduled Syncs';
    this.#item.command = 's3Destinations.scheduleSyncs';
  }

  /** @param next the soonest first; none hides it @param running the ids of syncs that run by their schedule */
  show(next: readonly NextRun[], running: readonly string[]): void {
    const [first] = next;
    if (first === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text =
      running.length > 0 ? `$(sync~spin) ${running.join(', ')}` : `$(watch) ${first.syncId} ${timeOf(first.at)}`;
    const lines = next.slice(0, MOST_LINES).map(({ syncId, at }) => `${syncId}: ${whenOf(at)}`);
    const more = next.length > MOST_LINES ? [`and ${next.length - MOST_LINES} more`] : [];
    this.#item.tooltip = ['Scheduled syncs, while the editor is open:', ...lines, ...more].join('\n');
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** A time as people of this machine write it: of another day with its date. */
export function whenOf(at: Date): string {
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? timeOf(at) : at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function timeOf(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
