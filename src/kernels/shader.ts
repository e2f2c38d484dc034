import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';
import { ShaderError } from '../core/errors.js';
import type { Defines, KernelDescriptor } from './descriptor.js';

/** Gives the text of `shaders/<path>.wgsl`: from disk in Node, from a generated module in a browser. */
export type ShaderSource = (path: string) => string;

/** Functions without bindings that a shader takes in by `${name}`: shaders/common/<name>.wgsl. */
const COMMON = [
  'activation',
  'dropout',
  'flat',
  'product_epilogue',
  'product_gradient',
  'product_registers',
  'product_tile',
  'recurrence_cell',
  'recurrence_pending',
  'recurrence_scores',
  'recurrence_slice',
  'recurrence_tile',
  'recurrence_units',
  'threefry',
];

/**
 * The WGSL of a kernel under the given defines: `${name}` of a common file is replaced by it,
 * `${NAME}` by the define, and `#if ${NAME}` … `#endif` kept or left out (wgsl-preprocessor).
 * Throws ShaderError where a name is unknown.
 */
export function assembleShader(
  kernel: KernelDescriptor,
  defines: Defines,
  source: ShaderSource,
): string {
  const all = { ...kernel.defines, ...defines };
  const code = expand(source(kernel.name), all, source, kernel.name);
  // on the first line, which every shader begins with a comment: line numbers stay the file's own
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
    else if (COMMON.includes(name)) {
      values.push(expand(source(`common/${name}`), defines, source, `common/${name}`));
    } else {
      throw new ShaderError(
        `shaders/${file}.wgsl: '${name}' is neither a define nor a file of shaders/common`,
        "declare it in the kernel's descriptor",
      );
    }
  }
  parts.push(text.slice(end));
  return wgsl(parts, ...values);
}
