/** What a reader of its kind makes of an output: compared with what it makes of one with an innocent name. */
import { parseHTML } from 'linkedom';
import markdownIt, { type Token } from 'markdown-it';

/** Elements with the names of their attributes, in order; and all text, of attributes too. */
export interface Structure {
  readonly shape: readonly string[];
  readonly texts: readonly string[];
}

export function structureOf(document: ParentNode): Structure {
  const elements = Array.from(document.querySelectorAll('*'));
  return {
    shape: elements.map(
      ({ tagName, attributes }) =>
        `${tagName} ${Array.from(attributes, ({ name }) => name)
          .sort()
          .join(' ')}`,
    ),
    texts: elements.flatMap(({ textContent, attributes }) => [
      textContent ?? '',
      ...Array.from(attributes, ({ value }) => value),
    ]),
  };
}

export function htmlStructure(file: string): Structure {
  return structureOf(parseHTML(file).document);
}

/** GitHub's kind: tables, struck text, and addresses that become links by themselves. HTML is passed on. */
const reader = markdownIt({ html: true, linkify: true });

export function markdownStructure(text: string): Structure {
  const tokens = reader.parse(text, {}).flatMap(withChildren);
  return {
    shape: tokens
      .filter(({ type }) => type !== 'text' && type !== 'text_special')
      .map(({ type, attrs }) => `${type} ${JSON.stringify(attrs)}`),
    texts: tokens.filter(({ type }) => type === 'inline').map(textOf),
  };
}

const withChildren = (token: Token): Token[] => [token, ...(token.children ?? [])];

function textOf({ children }: Token): string {
  return (children ?? []).map(({ content }) => content).join('');
}
