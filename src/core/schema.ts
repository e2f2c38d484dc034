/**
 * Checks of parsed JSON. Every schema here describes what it expects, so that an error
 * reads `FILE: model.recurrent.cell is "rnn", expected one of "lstm", "mean-lstm", "a-lstm"`.
 */
import { z } from 'zod';
import { ConfigError } from './errors.js';
import { brief, isJsonObject } from './json.js';

/** An integer of at least `from`. */
export function integer(from: number) {
  const want = `an integer of at least ${from}`;
  return z.int(want).min(from, want);
}

/** A number within bounds; `over` and `under` are exclusive. */
export function real(bounds: { from?: number; over?: number; to?: number; under?: number } = {}) {
  const { from, over, to, under } = bounds;
  const words = [
    from !== undefined && (to === undefined ? `of at least ${from}` : `from ${from} to ${to}`),
    over !== undefined && `above ${over}`,
    to !== undefined && from === undefined && `up to ${to}`,
    under !== undefined && `below ${under}`,
  ].filter((word) => word !== false);
  const want = words.length === 0 ? 'a number' : `a number ${words.join(' and ')}`;
  return z.number(want).refine(
    // A missing bound compares as undefined: false, so it refuses nothing.
    (x) => !(x < from! || x <= over! || x > to! || x >= under!),
    want,
  );
}

export function text() {
  return z.string('a non-empty string').min(1, 'a non-empty string');
}

export function flag() {
  return z.boolean('true or false');
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, wantOneOf(values));
}

/**
 * A list whose items follow a schema, checked up to the first that does not: zod would collect what is wrong with each of a
 * million.
 *
 * @param length how many there have to be; absent: any number
 */
export function listOf<T extends z.ZodType>(
  item: T,
  { length, want = 'a list' }: { readonly length?: number; readonly want?: string } = {},
) {
  return z
    .custom<readonly unknown[]>(
      (value) => Array.isArray(value) && (length === undefined || value.length === length),
      want,
    )
    .transform((list, context): readonly z.output<T>[] => {
      const checked: z.output<T>[] = [];
      for (const [i, value] of list.entries()) {
        const found = item.safeParse(value);
        if (!found.success) return refuse(context, i, found.error);
        checked.push(found.data);
      }
      return checked;
    });
}

/** An object with these keys and no others. */
export function object<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(', ');
  return z
    .strictObject(shape, {
      error: ({ code }) => (code === 'unrecognized_keys' ? `the keys are ${keys}` : 'an object'),
    })
    .readonly();
}

/** An object with any string keys, `__proto__` as well, checked up to the first wrong value. */
export function dictionaryOf<T extends z.ZodType>(value: T) {
  return z
    .custom<Readonly<Record<string, unknown>>>(isJsonObject, 'an object')
    .transform((dictionary, context): Readonly<Record<string, z.output<T>>> => {
      const checked: [string, z.output<T>][] = [];
      for (const [key, own] of Object.entries(dictionary)) {
        const found = value.safeParse(own);
        if (!found.success) return refuse(context, key, found.error);
        checked.push([key, found.data]);
      }
      return Object.fromEntries(checked);
    });
}

/** Reports the first problem of a part as one of the whole. */
function refuse(
  context: z.core.$RefinementCtx,
  key: string | number,
  { issues: [issue] }: z.ZodError,
): never {
  if (issue !== undefined) context.issues.push({ ...issue, path: [key, ...issue.path] } as never);
  return z.NEVER;
}

/** `one of "a", "b"`, for schemas that choose among names. */
export function wantOneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
}

/**
 * The value as parsed by the schema.
 *
 * @param source name of the value, for errors: usually a path
 * @param at its position in the source, as keys
 * @throws ConfigError for the first wrong field: its name, its value, what is expected
 */
export function checkSchema<T>(
  schema: z.ZodType<T>,
  value: unknown,
  source: string,
  at: readonly (string | number)[] = [],
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue === undefined) throw new ConfigError(`${source}: not valid`);
  const path = pathText([...at, ...issue.path]);
  const where = path === '' ? source : `${source}: ${path}`;
  if (issue.code === 'unrecognized_keys') {
    const more = issue.keys.length > MOST_KEYS ? ', ...' : '';
    const names = `${issue.keys.slice(0, MOST_KEYS).map(brief).join(', ')}${more}`;
    throw new ConfigError(
      `${where}: unknown key${issue.keys.length > 1 ? 's' : ''} ${names}`,
      `${issue.message.replace('the keys are', 'The keys are')}.`,
    );
  }
  const found = valueAt(value, issue.path);
  const what = found === undefined ? 'is missing' : `is ${brief(found)}`;
  throw new ConfigError(`${where} ${what}, expected ${issue.message}`, 'Correct this field.');
}

/** How many unknown keys a message names. */
const MOST_KEYS = 8;

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}

/** `model.heads[0].classes`; unusual keys are in quotes. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      return `${i > 0 ? '.' : ''}${/^[\p{L}\p{N} _-]{1,60}$/u.test(name) ? name : brief(name)}`;
    })
    .join('');
}
