import { describe, expect, it } from 'vitest';
import { formatCsv, parseCsv, parseTsv, separatorOf } from '../../src/core/csv.js';
import { FormatError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';

const fields = (text: string) => parseCsv(text, 'x.csv').map((record) => record.fields);

describe('parseCsv', () => {
  it('reads plain, quoted and empty fields', () => {
    expect(fields('a,b,c\n')).toEqual([['a', 'b', 'c']]);
    expect(fields('a,"b, c","say ""hi"""')).toEqual([['a', 'b, c', 'say "hi"']]);
    expect(fields(',,\n')).toEqual([['', '', '']]);
    expect(fields('a,\n')).toEqual([['a', '']]);
    expect(fields('a,')).toEqual([['a', '']]);
    expect(fields('""\n')).toEqual([['']]);
    expect(fields(' a , b')).toEqual([[' a ', ' b']]);
  });

  it('takes LF, CRLF, a byte order mark and a missing last line end', () => {
    const rows = [
      ['a', 'b'],
      ['1', '2'],
    ];
    for (const text of ['a,b\n1,2', 'a,b\r\n1,2\r\n', '\ufeffa,b\n1,2\n', '\ufeffa,b\r\n"1",2']) {
      expect(fields(text)).toEqual(rows);
    }
  });

  it('counts lines across quoted line ends and blank lines', () => {
    const records = parseCsv('h\n\n"two\nlines"\r\n\r\nlast', 'x.csv');
    expect(records).toEqual([
      { line: 1, fields: ['h'] },
      { line: 3, fields: ['two\nlines'] },
      { line: 6, fields: ['last'] },
    ]);
    expect(parseCsv('', 'x.csv')).toEqual([]);
    expect(parseCsv('\ufeff\n\n', 'x.csv')).toEqual([]);
  });

  it.each([
    ['a\nb,"c', 'x.csv, line 2: a quoted field is never closed'],
    ['a\n"x\ny"z,b', 'x.csv, line 2: text after the closing quote of a field'],
    ['"x"\n\nab"c', 'x.csv, line 3: a quote or lone carriage return inside a field'],
    ['a\rb', 'x.csv, line 1: a quote or lone carriage return inside a field'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCsv(text, 'x.csv')).toThrow(FormatError);
    expect(() => parseCsv(text, 'x.csv')).toThrow(message);
  });

  it('survives a field of megabytes', () => {
    const long = 'x""'.repeat(1_000_000);
    expect(fields(`"${long}",b`)[0]?.[0]?.length).toBe(2_000_000);
    expect(() => parseCsv(`"${long}`, 'x.csv')).toThrow('never closed');
  });
});

describe('separatorOf', () => {
  it.each([
    ['path,speaker\na;b;c;d,e\n', ','],
    ['\ufeffpath;speaker\r\n"a,b,c";d\r\n', ';'],
    ['\n\npath\tspeaker\n', '\t'],
    ['"a,b,c";"d, e"\n', ';'],
    ['path;emotion, as acted;speaker\n', ';'],
    ['path\n', ','],
    ['', ','],
    ['"never closed;a,b', ','],
  ])('of %j is %j', (text, separator) => {
    expect(separatorOf(text)).toBe(separator);
  });

  it('leaves the others to the fields', () => {
    const text = 'a;b\n"x;y";"1,5"\n,;"\t"""\n';
    const records = parseCsv(text, 'x.csv', separatorOf(text));
    expect(records.map((record) => record.fields)).toEqual([
      ['a', 'b'],
      ['x;y', '1,5'],
      [',', '\t"'],
    ]);
    expect(parseCsv('a\t"b\tc"\n', 'x.csv', '\t')[0]?.fields).toEqual(['a', 'b\tc']);
  });
});

it('parseCsv gives back what formatCsv wrote, for any text', () => {
  const random = new Random(1, 'csv');
  const alphabet = ['a', 'ż', ',', '"', '\n', '\r', ' ', '\ufeff', '\t', ''];
  const text = () =>
    Array.from({ length: random.integer(5) }, () => alphabet[random.integer(10)]).join('');
  for (let i = 0; i < 500; i++) {
    const width = 1 + random.integer(4);
    const table = Array.from({ length: random.integer(5) }, () =>
      Array.from({ length: width }, text),
    );
    const csv = formatCsv(table);
    expect(fields(csv), JSON.stringify(csv)).toEqual(table);
  }
});

it('parseTsv splits at tabs and keeps quotes', () => {
  expect(parseTsv('\ufeffa\tb\r\n\r\n"x"\t\n')).toMatchObject([
    { line: 1, fields: ['a', 'b'] },
    { line: 3, fields: ['"x"', ''] },
  ]);
});
