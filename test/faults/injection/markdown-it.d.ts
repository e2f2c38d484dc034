/** What tests use of it: it ships no types. */
declare module 'markdown-it' {
  export interface Token {
    readonly type: string;
    readonly content: string;
    readonly attrs: readonly (readonly [name: string, value: string])[] | null;
    readonly children: readonly Token[] | null;
  }
  interface MarkdownIt {
    parse(text: string, environment: object): readonly Token[];
  }
  export default function markdownIt(options: {
    readonly html: boolean;
    readonly linkify: boolean;
  }): MarkdownIt;
}
