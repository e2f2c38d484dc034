import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';
import { ShaderError } from '../core/errors.js';
import type { Defines, KernelDescriptor } from './descriptor.js';

/**
 * Returns the text of the file with that stem in any folder of shaders/: from disk in Node, from a
 * generated module in a browser.
 *
 * @throws ShaderError if there is none
 */
export type ShaderSource = (stem: string) => string;

/**
 * The WGSL of a kernel under the given defines: `${name}`, the stem of a file in a folder `common`, is replaced by it,
 * `${NAME}` by the define, and `#if ${NAME}` … `#endif` kept or removed (wgsl-preprocessor).
 * Throws ShaderError for an unknown name.
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

function expand(text: string, defines: Defines, source: ShaderSource, file: string): string {
  const parts: string[] = [];
  const values: (number | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{(\w+)\}/g)) {
    const name = match[1] ?? '';
    parts.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const define = defines[name];
    if (define !== undefined) values.push(define);
    else values.push(expand(included(name, source, file), defines, source, name));
  }
  parts.push(text.slice(end));
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
