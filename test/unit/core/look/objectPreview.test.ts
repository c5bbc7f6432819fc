import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { ObjectPreview } from '../../../../src/core/look/objectPreview.ts';
import { ProblemError } from '../../../../src/core/problem.ts';
import { destinationWith, MadeStore } from './objects.ts';

describe('the preview of an object', () => {
  const store = new MadeStore();
  const at = destinationWith();
  const open = (content: string | Buffer, name = 'x.csv', rows = 1000): Promise<ObjectPreview> => {
    store.put(`a/${name}`, content);
    return ObjectPreview.open(store, at, `a/${name}`, { rows });
  };
  const shown = (preview: ObjectPreview): unknown => [
    preview.state().columns.map(({ name, kind }) => `${name}:${kind}`),
    preview.rows(0, 100),
  ];
  const said = (preview: ObjectPreview): string[] => preview.state().messages.map(({ text }) => text);

  it('tells NULL from empty, and keeps quotes, line breaks and other scripts', async () => {
    const csv = 'id,name,note\n1,,""\r\n2,"a ""b""\nc",漢字 😀\n';
    const preview = await open(csv);
    assert.deepEqual(shown(preview), [
      ['id:number', 'name:text', 'note:text'],
      [
        ['1', null, ''],
        ['2', 'a "b"\nc', '漢字 😀'],
      ],
    ]);
    assert.deepEqual([preview.text, preview.truncated, said(preview)], [csv, false, []]);
    assert.equal(preview.state().total, 2);
  });

  it('reads other delimiters, files without a header, a byte order mark, and UTF-16', async () => {
    const expected = [['a:number', 'b:text'], [['1', 'x,y']]];
    assert.deepEqual(shown(await open('a;b\n1;x,y\n')), expected);
    assert.deepEqual(shown(await open('a\tb\r\n1\tx,y', 'x.tsv')), expected);
    assert.deepEqual(shown(await open('\ufeffa|b\r1|x,y\r')), expected);
    const wide = Buffer.from('\ufeffa;b\n1;x,y\n', 'utf16le');
    assert.deepEqual(shown(await open(wide)), expected);
    assert.deepEqual(shown(await open(wide.subarray(2))), expected);
    assert.deepEqual(shown(await open(Buffer.from(wide).swap16())), expected);
    const bare = await open('1,x\n2,y\n');
    assert.deepEqual(shown(bare), [
      ['column 1:number', 'column 2:text'],
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ]);
    assert.match(said(bare).join(), /does not look like a header/);
  });

  it('takes the columns, the options and the number of rows from the run’s manifest', async () => {
    const key = 'a/one/20260102T030405Z-0a1b2c-00000.csv.gz';
    const body = gzipSync('1~\\N\n007~x\n');
    store.put(key, body);
    Object.assign(store.objects.get(key)!, { metadata: { 'run-id': '20260102T030405Z-0a1b2c', 'sync-id': 'one' } });
    const csv = { delimiter: '~', nullText: '\\N', header: false, quoteAll: false, crlf: false, bom: false };
    const columns = [
      { name: 'id', type: 'VARCHAR' },
      { name: 'note', type: 'VARCHAR' },
    ];
    const files = [{ key, bytes: body.length, rows: 2 }];
    const run = { runId: '20260102T030405Z-0a1b2c', mode: 'insert', rows: { read: 2, written: 2 }, replaced: [] };
    const manifest = { version: 1, ...run, format: 'csv', columns, csv, files };
    store.texts.set('a/_s3destinations/one/runs/20260102T030405Z-0a1b2c.json', JSON.stringify(manifest));
    const preview = await ObjectPreview.open(store, at, key, { rows: 1 });
    assert.deepEqual(shown(preview), [['id:text', 'note:text'], [['1', null]]]);
    assert.deepEqual([preview.state().total, preview.state().more, preview.text], [2, true, '1~\\N\n']);
    await preview.loadMore();
    assert.deepEqual(preview.rows(1, 5), [['007', 'x']]);
    assert.equal(preview.state().more, false);
  });

  it('shows JSON Lines with every digit, with what is missing, and lines that are none', async () => {
    const lines = [
      '{"id":12345678901234567890.10,"tags":["a",1e400],"ok":true}',
      '',
      '{"ok":null,"__proto__":"p","id":1}',
      '[1]',
      'no json',
    ];
    const preview = await open(lines.join('\n'), 'x.jsonl');
    assert.deepEqual(shown(preview), [
      ['id:number', 'tags:nested', 'ok:boolean', '__proto__:text', 'value:text'],
      [
        ['12345678901234567890.10', '["a",1e400]', 'true'],
        ['1', false, null, 'p'],
        [false, false, false, false, '[1]'],
        [false, false, false, false, 'no json'],
      ],
    ]);
    assert.deepEqual(said(preview), ['Line 5 cannot be read as JSON: it is shown as text in the column “value”.']);
    const named = await open('{"a":1}\n{"a":2}\n', 'no-extension');
    assert.equal(named.format, 'jsonl');
  });

  it('knows whether there is more where as many rows were asked for as there are', async () => {
    for (const [content, rows, more] of [
      ['a\n1\n2\n', 2, false],
      ['a\n1\n2', 2, false],
      ['a\n1\n2', 1, true],
    ] as const) {
      const preview = await open(content, 'x.csv', rows);
      assert.deepEqual([preview.state().more, preview.truncated, preview.state().rows], [more, more, rows], content);
      assert.equal(preview.text, more ? 'a\n1\n' : content);
    }
  });

  it('goes on where it stopped, with the text of what was asked for first', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i},"line\n${i}"`);
    const packed = gzipSync(`id,note\n${rows.join('\n')}\n`);
    const preview = await open(packed, 'long.csv.gz', 10);
    assert.deepEqual([preview.state().rows, preview.state().more, preview.truncated], [10, true, true]);
    assert.equal(preview.text, `id,note\n${rows.slice(0, 10).join('\n')}\n`);
    while (preview.state().more) await preview.loadMore();
    assert.deepEqual(preview.rows(299, 2), [['299', 'line\n299']]);
    assert.deepEqual([preview.state().total, said(preview)], [300, []]);
  });

  it('says so of members of gzip, damaged and cut gzip, and what only pretends to be gzip', async () => {
    const several = Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')]);
    assert.deepEqual((await open(several, 'x.csv.gz')).rows(0, 9), [
      ['1', '2'],
      ['3', '4'],
    ]);
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i},${(i * 7919) % 10_007}`).join('\n');
    const packed = gzipSync(`a,b\n${rows}\n`);
    const cut = await open(packed.subarray(0, packed.length / 2), 'x.csv.gz', 100_000);
    assert.match(said(cut).join(), /ends too early, after .* of text/);
    assert.ok(cut.truncated && cut.state().rows > 1000 && !cut.state().more && cut.state().partial);
    assert.equal(cut.state().total, undefined);
    // What stands after the last whole record is no record.
    assert.equal(cut.rows(cut.state().rows - 1, 1)[0]?.[1], String(((cut.state().rows - 1) * 7919) % 10_007));
    const bent = Buffer.from(packed);
    bent.fill(0xff, packed.length / 2, packed.length / 2 + 64);
    assert.match(said(await open(bent, 'x.csv.gz', 100_000)).join(), /damaged after/);
    assert.match(said(await open('a,b\n1,2\n', 'x.csv.gz')).join(), /ends with .gz, but this is no gzip/);
    for (const content of [packed.subarray(0, 12), Buffer.concat([packed.subarray(0, 10), Buffer.alloc(50, 0xff)])]) {
      await refused(open(content, 'x.csv.gz'), 'unreadable', /Nothing of x\.csv can be read: its gzip/);
    }
  });

  it('says what is no text, and what is not there', async () => {
    const parquet = Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100), Buffer.from('PAR1')]);
    await refused(
      open(parquet, 'x.parquet'),
      'unreadable',
      /x\.parquet \(108 bytes\) is no text: it is a Parquet file/,
    );
    await refused(open(gzipSync(parquet), 'x.csv.gz'), 'unreadable', /holds, unpacked, no text: it is a Parquet file/);
    await refused(open(Buffer.alloc(99), 'x.csv.gz'), 'unreadable', /is no text: it is binary.*it is no gzip/);
    await refused(ObjectPreview.open(store, at, 'a/none'), 'source-missing', /no object a\/none/);
    const latin = await open(Buffer.from('n\ncaf\u00e9\n', 'latin1'));
    assert.match(said(latin).join(), /not valid UTF-8/);
    for (const [name, format] of [
      ['empty.csv', 'csv'],
      ['empty.txt', 'text'],
    ] as const) {
      const empty = await open('', name);
      assert.deepEqual([empty.format, empty.text, empty.truncated, empty.state().rows], [format, '', false, 0]);
    }
  });

  it('says at which line it stops and why, and shows the rows before it', async () => {
    const stops = async (content: string, name = 'x.csv'): Promise<unknown> => {
      const preview = await open(content, name, 100_000);
      while (preview.state().more) await preview.loadMore();
      return [preview.state().rows, preview.state().total, ...said(preview)];
    };
    const open2 = 'has a quote that is not closed before the file ends. It is not shown.';
    assert.deepEqual(await stops('a,b\n1,2\n"'), [1, undefined, `Row 2, which begins at line 3, ${open2}`]);
    const lines = 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n3,"z\r\n4,z\r\n';
    assert.deepEqual(await stops(lines), [2, undefined, `Row 3, which begins at line 6, ${open2}`]);
    assert.deepEqual(await stops('"a,b\n1,2\n', 'y.csv'), [
      0,
      undefined,
      `The header, which begins at line 1, ${open2}`,
    ]);
    const long = 'x'.repeat(9_000_000);
    const [rows, , message] = (await stops(`a\n"1\n2"\n3\n"${long}`)) as string[];
    assert.deepEqual(
      [rows, message],
      [
        2,
        'Row 3, which begins at line 5, is longer than 8.4 MB: either a quote is not closed, or this is no CSV. Nothing after it is shown.',
      ],
    );
    const jsonl = `{"a":1}\n\nnone\n{"a":2}\n\nnone\n"${long}`;
    assert.deepEqual(await stops(jsonl, 'x.jsonl'), [
      ...[4, undefined, 'Line 7 is longer than 8.4 MB. It and what follows is not shown.'],
      '2 lines, of which line 3 is the first, cannot be read as JSON: they are shown as text in the column “value”.',
    ]);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    assert.deepEqual(await stops(`{"a":1}\n{"a":${deep}}\n`, 'x.jsonl'), [
      ...[2, 2, 'Line 2 cannot be read as JSON: it is shown as text in the column “value”.'],
    ]);
  });

  it('takes no piece of one object for another’s', async () => {
    const rows = Array.from({ length: 400_000 }, (_, i) => `${i},some text that makes it long`);
    const preview = await open(`a,b\n${rows.join('\n')}\n`, 'replaced.csv');
    store.put('a/replaced.csv', 'x\n'.repeat(10_000_000), '"2"');
    await assert.rejects(async () => {
      for (let i = 0; i < 50; i++) await preview.loadMore();
    }, /replaced/);
    assert.equal(preview.state().more, false);
    assert.match(said(preview).join(), /No more can be read/);
  });
});

async function refused(outcome: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(outcome, (error) => {
    assert.ok(error instanceof ProblemError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
