import { ShaderError } from '../core/errors.js';
import type { Defines } from './descriptor.js';

/**
 * Writes out `#repeat NAME in FROM..TO` … `#end` and `$(…)`, as shader.ts describes them. Whole lines are left out
 * or repeated, none is broken or joined.
 *
 * @throws ShaderError with file and line
 */
export function writeOut(text: string, defines: Defines, file: string): string {
  const lines = text.split('\n');
  return new Repeats(lines, file).block(0, lines.length, defines).join('\n');
}

const isRepeat = /^\s*#repeat\b/;
const isEnd = /^\s*#end\b/;
const header = /^\s*#repeat ([a-z]\w*) in (\S+)\.\.(\S+)\s*(?:\/\/.*)?$/;
/** `sum$(r)` or `sum$(0..ROWS)` */
const numbered = /(\w*)\$\(([^()]*?)(?:\.\.([^()]*))?\)/g;

class Repeats {
  constructor(
    private readonly lines: readonly string[],
    private readonly file: string,
  ) {}

  /** The lines from `start` up to `stop`, written out; `known` has the values of names. */
  block(start: number, stop: number, known: Defines): string[] {
    const written: string[] = [];
    for (let line = start; line < stop; line++) {
      const text = this.lines[line] ?? '';
      if (isEnd.test(text)) this.fail(line, '#end has no #repeat');
      if (!isRepeat.test(text)) {
        written.push(this.filled(line, text, known));
        continue;
      }
      const [, name, from = '', to = ''] = header.exec(text) ?? [];
      if (name === undefined) this.fail(line, 'not of the form: #repeat NAME in FROM..TO');
      const end = this.endOf(line);
      for (const i of this.range(line, from, to, known)) {
        written.push(...this.block(line + 1, end, { ...known, [name]: i }));
      }
      line = end;
    }
    return written;
  }

  private endOf(start: number): number {
    let depth = 0;
    for (const [line, text] of this.lines.entries()) {
      if (line < start) continue;
      if (isRepeat.test(text)) depth++;
      if (isEnd.test(text) && --depth === 0) return line;
    }
    this.fail(start, '#repeat has no #end');
  }

  private filled(line: number, text: string, known: Defines): string {
    return text.replace(numbered, (_, stem: string, from: string, to?: string) => {
      if (to === undefined) return `${stem}${this.number(line, from, known)}`;
      return this.range(line, from, to, known)
        .map((i) => `${stem}${i}`)
        .join(', ');
    });
  }

  private range(line: number, from: string, to: string, known: Defines): number[] {
    const [first, end] = [this.number(line, from, known), this.number(line, to, known)];
    if (end < first) this.fail(line, `${from}..${to} ends at ${end}, before ${first}`);
    return Array.from({ length: end - first }, (_, i) => first + i);
  }

  private number(line: number, formula: string, known: Defines): number {
    const value = valueOf(formula, known);
    if (!Number.isInteger(value)) this.fail(line, `'${formula}' is no number`);
    return value;
  }

  private fail(line: number, problem: string): never {
    throw new ShaderError(`${this.file}.wgsl:${line + 1}: ${problem}`);
  }
}

/** A sum of products of numbers and of names of numbers; NaN for anything else. */
function valueOf(formula: string, known: Defines): number {
  const atom = (text: string): number => (/^\w+$/.test(text) ? Number(known[text] ?? text) : NaN);
  const product = (text: string): number =>
    text.split('*').reduce((value, factor) => value * atom(factor.trim()), 1);
  return formula.split('+').reduce((sum, text) => sum + product(text), 0);
}
