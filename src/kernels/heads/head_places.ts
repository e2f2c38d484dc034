import type { Defines } from '../descriptor.js';

/** Where a head's logits, input and output weights are (shaders/heads/common/head_places.wgsl), in scalars. */
export interface HeadPlace {
  /** First of its columns of the logits, and their number; multiples of 4. */
  readonly first: number;
  readonly columns: number;
  /** First of its columns of the input, and their number; multiples of 4. */
  readonly input: number;
  readonly inputs: number;
  /** Its weights [columns, inputs] in those of all heads. */
  readonly weight: number;
  /** Of the gradient that its input gets; default 1. */
  readonly factor?: number;
}

/** What the kernels of the heads' output layers are compiled with. */
export function headDefines(places: readonly HeadPlace[]): Defines {
  const cases = places.map(({ first, columns, input, inputs, weight, factor = 1 }, i) => {
    const quads = [first, first + columns, input, inputs, weight].map((value) => `${value / 4}u`);
    return `case ${i}u: { return Head(${[...quads, `f32(${factor})`].join(', ')}); }`;
  });
  return { HEADS: places.length, PLACES: cases.join(' ') };
}

/** One head with four logits and four inputs: a shader needs one to be compiled by itself. */
export const anyHead: Defines = headDefines([
  { first: 0, columns: 4, input: 0, inputs: 4, weight: 0 },
]);
