import { FormatError, messageOf } from './errors.js';

/**
 * JSON.parse that names its source and refuses an object with the same key twice, of which
 * JSON.parse would silently keep the last.
 *
 * @param source what the text is, for the error: a path or a part of a file
 * @throws FormatError
 */
export function parseJson(text: string, source: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FormatError(
      `${source}: not valid JSON: ${oneLine(messageOf(error))}`,
      'The file may be damaged or of another kind.',
      { cause: error },
    );
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) {
    throw new FormatError(
      `${source}: the key ${JSON.stringify(twice)} appears twice in one object`,
      'Remove one of the two.',
    );
  }
  return value;
}

/** Narrows parsed JSON to an object with keys. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Strings (with the colon that makes one a key) and braces: all that matters for repeated keys. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/g;

/** The first repeated key of text that JSON.parse has accepted. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, -colon.length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
