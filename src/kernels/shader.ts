import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';
import { ShaderError } from '../core/errors.js';
import type { Defines, KernelDescriptor } from './descriptor.js';
import { writeOut } from './repeat.js';

/**
 * Returns the text of the file with that stem in any folder of shaders/: from disk in Node, from a
 * generated module in a browser.
 *
 * @throws ShaderError if there is none
 */
export type ShaderSource = (stem: string) => string;

/**
 * The WGSL of a kernel under the given defines. Of what a file of shaders/ may hold beside WGSL the first two are
 * written out here, first of all; conditions are wgsl-preprocessor's:
 *
 * - `#repeat r in 0..ROWS` … `#end`: the lines between, once for each r from 0 up to ROWS - 1. Bounds are numbers,
 *   defines and variables of repeats around it, their sums and products (`2*r+1`), as is what stands in `$(…)`.
 * - `sum$(r)`: `sum0`, `sum1`, …; `sum$(0..ROWS)`: all of them, as a list.
 * - `${name}`: that file, by its stem; `${NAME}`: the define.
 * - `#include ${NAME}`: the file whose stem is the define's value.
 * - `#if ${NAME}` or `#if ${NAME} == 2`, `#elif`, `#else`, `#endif`.
 *
 * @throws ShaderError, with file and line of what cannot be written out, or where a name is unknown
 */
export function assembleShader(
  kernel: KernelDescriptor,
  defines: Defines,
  source: ShaderSource,
): string {
  const all = { ...kernel.defines, ...defines };
  const code = expand(source(kernel.name), all, source, kernel.name);
  // on the first line, which is a comment in every shader: line numbers stay those of the file
  const enables = [
    ...(Object.values(all).includes('f16') ? ['f16'] : []),
    ...(kernel.enables === undefined ? [] : [kernel.enables]),
  ];
  return enables.map((name) => `enable ${name}; `).join('') + code;
}

const references = /(#(?:el)?if )\$\{(\w+)\} == (\d+)|#include \$\{(\w+)\}|\$\{(\w+)\}/g;

function expand(text: string, defines: Defines, source: ShaderSource, file: string): string {
  const written = writeOut(text, defines, file);
  const parts: string[] = [];
  const values: (number | string)[] = [];
  let end = 0;
  for (const match of written.matchAll(references)) {
    const [whole, condition = '', compared, wanted, chosen, name = ''] = match;
    parts.push(written.slice(end, match.index) + condition);
    end = match.index + whole.length;
    const define = defines[compared ?? chosen ?? name];
    if (define === undefined || chosen !== undefined) {
      const stem = String(define ?? compared ?? chosen ?? name);
      values.push(expand(included(stem, source, file), defines, source, stem));
    } else values.push(compared === undefined ? define : Number(define === Number(wanted)));
  }
  parts.push(written.slice(end));
  return wgsl(parts, ...values);
}

function included(name: string, source: ShaderSource, file: string): string {
  try {
    return source(name);
  } catch (error) {
    throw new ShaderError(
      `${file}.wgsl: '${name}' is neither a define nor a file of shaders/`,
      "declare it in the kernel's descriptor",
      { cause: error },
    );
  }
}
