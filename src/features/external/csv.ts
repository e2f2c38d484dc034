import { FormatError } from '../../core/errors.js';
import { brief } from '../../core/json.js';
import type { Matrix } from './matrix.js';

/** Columns at the start of a table that are no features, as openSMILE writes them. */
const leading = new Set(['name', 'frameindex', 'frametime']);

/**
 * Reads a table of numbers, one frame per line: separated by commas, semicolons or tabs, with or without a
 * header. Columns at the start that are called `name`, `frameIndex` or `frameTime` are left out; without a
 * header, a first column of text is openSMILE's name, and the second its time.
 *
 * @param source name of the text, for errors: usually the path
 * @throws FormatError with the line of a value that is no number, or of another number of columns
 */
export function readFeatureCsv(text: string, source: string): Matrix {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== '');
  const separator = separatorOf(lines[first] ?? '');
  const top = (lines[first] ?? '').split(separator).map(unquoted);
  const titled = !isNumber(top.at(-1) ?? '');
  const skip = titled ? leadingOf(top) : isNumber(top[0] ?? '') ? 0 : 2;
  const width = top.length - skip;
  if (first === -1 || width < 1) throw bad(source, 'there are no columns of numbers');
  const numbers: number[] = [];
  let frames = 0;
  for (let i = first + (titled ? 1 : 0); i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === '') continue;
    const fields = line.split(separator);
    if (fields.length !== top.length) {
      throw bad(`${source}, line ${i + 1}`, `${fields.length} values for ${top.length} columns`);
    }
    for (let c = skip; c < fields.length; c++) {
      const field = unquoted(fields[c]!);
      if (!isNumber(field)) {
        const column = titled ? `column ${brief(top[c])}` : `column ${c + 1}`;
        throw bad(`${source}, line ${i + 1}`, `${column} is ${brief(field)}, not a finite number`);
      }
      numbers.push(Number(field));
    }
    frames++;
  }
  return { frames, width, data: Float64Array.from(numbers) };
}

function separatorOf(line: string): string {
  return [';', '\t', ','].find((one) => line.includes(one)) ?? ',';
}

/** How many columns at the start of a header are no features. */
function leadingOf(names: readonly string[]): number {
  const other = names.findIndex((name) => !leading.has(name.toLowerCase()));
  return other === -1 ? names.length : other;
}

function unquoted(field: string): string {
  const text = field.trim();
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

function isNumber(field: string): boolean {
  return field !== '' && Number.isFinite(Number(field));
}

function bad(where: string, problem: string): FormatError {
  return new FormatError(
    `${where}: ${problem}`,
    'Give one frame per line, all with the same columns of numbers.',
  );
}
