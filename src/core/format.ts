const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes for people: `56 kB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${bytes === 1 ? 'byte' : (UNITS[unit] ?? '')}`;
}

/** `1,234 rows`. */
export function formatRows(rows: number): string {
  return `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
}

/** `1,204 rows` of a run that is under way; it may have to read all before it gives the first. */
export function formatRowsSoFar(rows: number): string {
  return rows === 0 ? 'no rows so far' : formatRows(rows);
}

/** `12 files`. */
export function formatFiles(files: number): string {
  return `${files.toLocaleString('en-US')} ${files === 1 ? 'file' : 'files'}`;
}

/** `12 syncs`. */
export function formatSyncs(syncs: number): string {
  return `${syncs.toLocaleString('en-US')} ${syncs === 1 ? 'sync' : 'syncs'}`;
}

/** `22 Nov 21:03`, in local time; with the year when it is not this one. */
export function formatTime(time: Date, now = new Date()): string {
  const day = time.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(time.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
  });
  return `${day} ${time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
}

/** How long ago something was: `just now`, `5 min ago`, `2 h ago`, `3 days ago`. */
export function formatAge(time: Date, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - time.getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** `8 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The first of many, and how many more there are: `a, b and 7 more`. */
export function formatList(items: readonly string[], most: number): string {
  const first = items.slice(0, most).join(', ');
  return items.length > most ? `${first} and ${(items.length - most).toLocaleString('en-US')} more` : first;
}
