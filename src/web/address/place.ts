/** What an address names after its `#`: `#listen?model=voices-6`. */
export interface Place {
  /** A part of the page; empty where the address names none. */
  readonly part: string;
  /** A model that comes with the page. */
  readonly model?: string | undefined;
}

/** @param hash as of `location`, with or without the `#` */
export function placeOf(hash: string): Place {
  const [part = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const model = new URLSearchParams(query).get('model');
  return { part: decoded(part), ...(model ? { model } : {}) };
}

/** The `#` and all after it. */
export function hashOf({ part, model }: Place): string {
  const query = model === undefined ? '' : `?${new URLSearchParams({ model }).toString()}`;
  return `#${part}${query}`;
}

/** A name that is broken is taken as it stands: it is none of the page's. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
