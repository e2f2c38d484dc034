import fc from 'fast-check';
import { fraction, listsOf } from './bytes.js';

/** Written into JSON text in place of these words, which JSON.stringify could not write. */
const raw = {
  '@deep': '['.repeat(20_000) + ']'.repeat(20_000),
  '@infinite': '1e999',
  '@long': `"${'\\n'.repeat(20_000)}"`,
} as const;

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'format',
  'a\nb',
  '\u001b[2J',
  '',
];

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, -1, 0, 1.5, 2 ** 31, 2 ** 53, 1e308, [], {}, ...names),
  fc.constantFrom(...Object.keys(raw)),
  fc.constantFrom('../../../secret', '/etc/passwd', 'C:\\secret', 'file:///secret'),
  fc.constant(Object.fromEntries([['__proto__', { polluted: true, length: 1, format: 'x' }]])),
  fc.constant({ constructor: { prototype: { polluted: true } } }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A change to parsed JSON: at one of its places, counted through. */
export type JsonEdit = {
  readonly kind: 'replace' | 'remove' | 'add' | 'wrap' | 'repeat';
  readonly at: number;
  readonly key: string;
  readonly value: unknown;
};

export const jsonEdits: fc.Arbitrary<readonly JsonEdit[]> = listsOf(
  fc.record({
    kind: fc.constantFrom('replace', 'remove', 'add', 'wrap', 'repeat'),
    at: fc.noBias(fc.nat(2000)),
    key: fc.constantFrom(...names),
    value: hostile,
  }),
);

type Place = { readonly holder: object; readonly key: string };

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { holder: value, key },
    ...placesOf(inner),
  ]);
}

/** JSON text of a value after the edits; some of it is nothing that JSON.stringify would write. */
export function editedJson(value: unknown, edits: readonly JsonEdit[]): string {
  const copy: unknown = structuredClone(value);
  for (const { kind, at, key, value: put } of edits) {
    const places = placesOf(copy);
    const place = places[at % places.length];
    if (place === undefined) break;
    const inner: unknown = Reflect.get(place.holder, place.key);
    if (kind === 'remove') Reflect.deleteProperty(place.holder, place.key);
    else if (kind === 'add') own(place.holder, key, put);
    else if (kind === 'repeat') own(place.holder, place.key, [inner, inner, inner]);
    else own(place.holder, place.key, kind === 'wrap' ? { [key]: inner } : put);
  }
  let text = JSON.stringify(copy);
  for (const [word, written] of Object.entries(raw)) {
    text = text.replaceAll(`"${word}"`, () => written);
  }
  return text;
}

/** As JSON.parse sets it: `__proto__` too is a key as any other. */
function own(holder: object, key: string, value: unknown): void {
  const name = Array.isArray(holder) && !/^\d+$/.test(key) ? String(holder.length) : key;
  Object.defineProperty(holder, name, {
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** A change to a table or other text. */
export type TextEdit = { readonly at: number; readonly drop: number; readonly put: string };

const snippets = [
  ',',
  '\t',
  '"',
  '""',
  '\n',
  '\r',
  '\r\n',
  '\ufeff',
  '\0',
  '../',
  '/',
  '\\',
  '..',
  '__proto__',
];
const more = [
  'constructor',
  '[',
  ']',
  '_F',
  '   ',
  ',,,,',
  '\u001b[2J',
  'path',
  'x'.repeat(3000),
  '_F'.repeat(2000),
];

export const textEdits: fc.Arbitrary<readonly TextEdit[]> = listsOf(
  fc.record({
    at: fraction,
    drop: fc.constantFrom(0, 0, 1, 5, 40),
    put: fc.oneof(
      fc.constantFrom(...snippets, ...more),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
  }),
);

export function editText(text: string, edits: readonly TextEdit[]): string {
  return edits.reduce((now, { at, drop, put }) => {
    const place = Math.floor(at * now.length);
    return now.slice(0, place) + put + now.slice(place + drop);
  }, text);
}
