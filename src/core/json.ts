import { FormatError, messageOf } from './errors.js';

/**
 * JSON.parse that names its source in errors, and refuses duplicate keys, of which
 * JSON.parse would silently keep the last, and nesting too deep for any file here.
 *
 * @param source name of the text, for errors: a path or a part of a file
 * @throws FormatError
 */
export function parseJson(text: string, source: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(
      `${source}: not valid JSON: ${oneLine(messageOf(error))}`,
      'The file may be damaged or in another format.',
      { cause: error },
    );
  }
  const problem = problemOf(text);
  if (problem !== undefined) throw new FormatError(`${source}: ${problem[0]}`, problem[1]);
  return value;
}

/** Narrows parsed JSON to an object with keys. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON that does not depend on the order of keys: equal for equal values. */
export function stableJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? typeof value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** Deeper than any file here; recursion over parsed JSON would overflow the stack only far deeper. */
const DEEPEST = 100;
/** Tokens that matter for depth and duplicate keys. */
const structure = /["{}[\]]/g;
const colon = /\s*:/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Problem in text that JSON.parse has accepted. Strings are skipped by hand: a regular expression with
 * an alternative for each escape overflows its stack on a long one.
 */
function problemOf(text: string): readonly [problem: string, hint: string] | undefined {
  /** Keys of each open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  structure.lastIndex = 0;
  for (let match = structure.exec(text); match !== null; match = structure.exec(text)) {
    const [token] = match;
    if (token === '{' || token === '[') {
      if (open.length === DEEPEST) {
        return [
          `nested more than ${DEEPEST} deep`,
          'The file may be damaged or in another format.',
        ];
      }
      open.push(token === '{' ? new Set() : undefined);
    } else if (token === '"') {
      const end = endOfString(text, match.index);
      structure.lastIndex = end;
      colon.lastIndex = end;
      if (!colon.test(text)) continue;
      const key = JSON.parse(text.slice(match.index, end)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) {
        return [`the key ${brief(key)} appears twice in one object`, 'Remove one of the two.'];
      }
      keys?.add(key);
    } else open.pop();
  }
  return undefined;
}

/** Index after the closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}

/** Line breaks and terminal control characters: JSON.stringify does not escape all of them. */
const control = /[\p{Cc}\u2028\u2029]/gu;

/** Whether text has to be escaped in a message. */
export function hasControl(text: string): boolean {
  return text.search(control) !== -1;
}

/** JSON of a value, short enough for one line of a message. */
export function brief(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  const short = json.length > 60 ? `${json.slice(0, 57)}...` : json;
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return short.replace(control, escape);
}

/** A name as it is, or as brief JSON where a terminal would obey it. */
export function shownName(name: string): string {
  return hasControl(name) || name === '' ? brief(name) : name;
}

function oneLine(text: string): string {
  return text.replace(control, ' ').replace(/\s+/g, ' ');
}
