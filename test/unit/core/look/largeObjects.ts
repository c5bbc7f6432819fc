// Run as a process of its own: previews an object that is too large or too odd, named by the argument, and prints what that took,
// as JSON. Without an argument, it prints the names.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { ObjectFiles } from '../../../../src/core/look/objectFiles.ts';
import { ObjectPreview } from '../../../../src/core/look/objectPreview.ts';
import { destinationWith, type MadeObject, MadeStore } from './objects.ts';

/** What a preview took. */
export interface Taken {
  name: string;
  /** Of the first preview. */
  ms: number;
  transferred: number;
  /** Rows of the first preview, and when no more could be loaded. */
  rows: [number, number];
  messages: string[];
  error?: string;
  /** The longest time in which nothing else could be done. */
  blockedMs: number;
  /** By how much the process grew at most. */
  grownMiB: number;
}

const GB = 1e9;

/** An object that is the same bytes over and over. */
function repeated(pattern: Buffer, size: number, head = Buffer.alloc(0)): MadeObject {
  return {
    size,
    etag: '"1"',
    read(start, length) {
      const bytes = Buffer.allocUnsafe(length);
      const fromHead = Math.max(0, Math.min(length, head.length - start));
      if (fromHead > 0) head.copy(bytes, 0, start, start + fromHead);
      let at = fromHead;
      while (at < length) at += pattern.copy(bytes, at, (start + at - head.length) % pattern.length);
      return bytes;
    },
  };
}

function line(columns: number, value: (i: number) => string): string {
  return `${Array.from({ length: columns }, (_, i) => value(i)).join(',')}\n`;
}

const member = (): Buffer =>
  gzipSync(
    Array.from(
      { length: 20_000 },
      (_, i) => `${i},user${(i * 7919) % 100_003}@example.com,"a, ""b""",${Math.sin(i)}\n`,
    ).join(''),
    { level: 1 },
  );
const xs = Buffer.alloc(1 << 20, 'x');
const row = '{"id":1,"tags":["a","b"],"text":"some text that is not long"}\n';
const objects: Record<string, () => MadeObject> = {
  'large.csv.gz': () => repeated(member(), 2 * GB, gzipSync('id,email,note,value\n')),
  'large.jsonl': () => repeated(Buffer.from(row), 2 * GB),
  'columns.csv': () =>
    repeated(Buffer.from(line(100_000, (i) => String(i % 10))), GB, Buffer.from(line(100_000, (i) => `c${i}`))),
  'keys.jsonl': () => repeated(Buffer.from(`{${line(100_000, (i) => `"k${i}":${i}`).trimEnd()}}\n`), GB),
  'quote.csv': () => repeated(xs, GB, Buffer.from('a,b\n1,2\n3,"')),
  'line.jsonl': () => repeated(xs, GB, Buffer.from('{"a":1}\n"')),
  'line.txt': () => repeated(xs, GB),
  'bomb.csv.gz': () => repeated(gzipSync(xs), GB, gzipSync('a,b\n1,2\n')),
  'bomb-of-rows.csv.gz': () =>
    repeated(gzipSync(Buffer.alloc(1 << 20, ',,,,,,,\n')), GB, gzipSync('a,b,c,d,e,f,g,h\n')),
  'wide.csv': () => {
    const text = Buffer.from('\ufeffa,b\n1,2\n', 'utf16le');
    return repeated(Buffer.from('漢字,"😀"\n', 'utf16le'), GB, text);
  },
};

const store = new MadeStore();
const at = destinationWith();
const files = new ObjectFiles(
  {
    ...{ readRange: store.readRange.bind(store), listLevel: () => Promise.resolve({ folders: [], objects: [] }) },
    head: (key) =>
      Promise.resolve(store.objects.has(key) ? { size: store.objects.get(key)!.size, metadata: {} } : undefined),
  },
  at,
);

const [, , name] = process.argv;
const object = objects[name ?? '']?.();
if (name === undefined || object === undefined) console.log(Object.keys(objects).join('\n'));
else {
  store.objects.set(`a/${name}`, object);
  const base = process.resourceUsage().maxRSS / 1024;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const began = performance.now();
  const taken: Taken = { name, ms: 0, transferred: 0, rows: [0, 0], messages: [], blockedMs: 0, grownMiB: 0 };
  try {
    const preview = await ObjectPreview.open(store, at, `a/${name}`);
    taken.ms = performance.now() - began;
    taken.transferred = store.transferred;
    taken.rows[0] = preview.state().rows;
    while (preview.state().more) await preview.loadMore();
    taken.rows[1] = preview.state().rows;
    taken.messages = preview.state().messages.map(({ text }) => text);
    preview.dispose();
  } catch (error) {
    taken.error = (error as Error).message;
  }
  // As a file, it is refused, and no more is read than the limit.
  if (name.startsWith('bomb'))
    await files.read(`a/${name.replace(/\.gz$/, '')}`).then(
      () => (taken.error = 'It was read as a file.'),
      () => undefined,
    );
  delay.disable();
  taken.blockedMs = delay.max / 1e6;
  taken.grownMiB = process.resourceUsage().maxRSS / 1024 - base;
  console.log(JSON.stringify(taken));
}
