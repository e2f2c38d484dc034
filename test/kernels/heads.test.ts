import { describe, expect, it } from 'vitest';
import { headOutputGradients } from '../../src/kernels/heads/head_output_gradients.js';
import { headOutputs } from '../../src/kernels/heads/head_outputs.js';
import { headOutputsBackward } from '../../src/kernels/heads/head_outputs_backward.js';
import { headDefines, type HeadPlace } from '../../src/kernels/heads/head_places.js';
import { testGpu } from '../support/gpu.js';
import { Draw, expectClose, POISON, runKernel } from '../support/kernel.js';

const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** Heads that read their own units of a hidden layer, or all of the same columns. */
function drawHeads(draw: Draw, count: number, together: boolean) {
  const shared = draw.fours(8);
  let [columns, inputs, weights] = [0, together ? shared : 0, 0];
  const places = Array.from({ length: count }, (): Required<HeadPlace> => {
    const own = { columns: draw.fours(3), inputs: together ? shared : draw.fours(8) };
    const place = {
      ...own,
      first: columns,
      input: together ? 0 : inputs,
      weight: weights,
      factor: draw.size(0, 1) ? 1 : -0.3,
    };
    columns += own.columns;
    if (!together) inputs += own.inputs;
    weights += own.columns * own.inputs;
    return place;
  });
  const rows = draw.size(1, 20);
  return {
    ...{ places, rows, columns, inputs, weights },
    input: draw.values(rows * inputs),
    layer: draw.values(weights + columns),
    dLogits: draw.values(rows * columns),
    uniforms: { rows, inputs, columns, size: weights + columns },
  };
}

/** Every product of the output layers: a head's row, its column of the logits, of the inputs, and their weight. */
function* productsOf({ places, rows, inputs, columns }: ReturnType<typeof drawHeads>) {
  for (const { factor, ...own } of places) {
    for (let b = 0; b < rows; b++) {
      for (let c = 0; c < own.columns; c++) {
        for (let k = 0; k < own.inputs; k++) {
          yield {
            factor,
            logit: b * columns + own.first + c,
            input: b * inputs + own.input + k,
            weight: own.weight + c * own.inputs + k,
          };
        }
      }
    }
  }
}

const cases = [
  ['one head', 1, false],
  ['three heads with a hidden layer each', 3, false],
  ['two heads with the same inputs', 2, true],
] as const;

describe.each(cases)('output layers of %s', (name, count, together) => {
  it('are a dense layer each', async () => {
    const draw = new Draw(`head_outputs ${name}`);
    for (const [LANES, SHARE] of [
      [1, 1],
      [4, 4],
      [64, 64],
      [64, 4],
      [8, 1],
    ] as const) {
      const heads = drawHeads(draw, count, together);
      const { layer, input, rows, columns, weights } = heads;
      const { logits } = await runKernel(await testGpu(), headOutputs, {
        uniforms: heads.uniforms,
        buffers: { input, layer, logits: rows * columns },
        defines: headDefines(heads.places),
        constants: { LANES, SHARE },
      });
      const expected = Float64Array.from({ length: rows * columns }, (_, i) =>
        at(layer, weights + (i % columns)),
      );
      for (const own of productsOf(heads))
        expected[own.logit]! += at(layer, own.weight) * at(input, own.input);
      expectClose(logits, expected, 1e-6);
    }
  });

  it('give their inputs the gradient, times factors, and through a ReLU with dropout', async () => {
    const draw = new Draw(`head_outputs_backward ${name}`);
    for (const [gated, accumulate] of [
      [0, 0],
      [1, 0],
      [0, 1],
    ] as const) {
      const heads = drawHeads(draw, count, together);
      const { layer, input, dLogits, rows, inputs } = heads;
      const before = draw.values(rows * inputs);
      const result = await runKernel(await testGpu(), headOutputsBackward, {
        uniforms: { ...heads.uniforms, accumulate, scale: 1.25 },
        buffers: {
          ...{ d_logits: dLogits, layer, d_input: accumulate ? before : rows * inputs },
          ...(gated && { input }),
        },
        defines: { ...headDefines(heads.places), GATED: gated },
      });
      const expected = accumulate ? Float64Array.from(before) : new Float64Array(rows * inputs);
      for (const own of productsOf(heads)) {
        const gate = gated ? (at(input, own.input) > 0 ? 1.25 : 0) : 1;
        expected[own.input]! += own.factor * gate * at(dLogits, own.logit) * at(layer, own.weight);
      }
      expectClose(result['d_input'], expected, 1e-6);
    }
  });

  it('accumulate the gradients of weights and biases', async () => {
    const draw = new Draw(`head_output_gradients ${name}`);
    const heads = drawHeads(draw, count, together);
    const { input, dLogits, columns, weights } = heads;
    const before = draw.values(weights + columns);
    const result = await runKernel(await testGpu(), headOutputGradients, {
      uniforms: heads.uniforms,
      buffers: { d_logits: dLogits, input, d_layer: before },
      defines: headDefines(heads.places),
    });
    const expected = Float64Array.from(before);
    for (const own of productsOf(heads))
      expected[own.weight]! += at(dLogits, own.logit) * at(input, own.input);
    dLogits.forEach((d, i) => (expected[weights + (i % columns)]! += d));
    expectClose(result['d_layer'], expected, 1e-6);
  });
});

it('output layers leave those of other heads as they are', async () => {
  const heads = drawHeads(new Draw('some heads'), 3, false);
  const [, second] = heads.places;
  const { layer, input, dLogits, rows, columns, weights } = heads;
  const own = (i: number) => i >= second!.first && i < second!.first + second!.columns;
  const defines = headDefines([second!]);
  const { logits } = await runKernel(await testGpu(), headOutputs, {
    uniforms: heads.uniforms,
    buffers: { input, layer, logits: rows * columns },
    defines,
  });
  logits?.forEach((value, i) => {
    if (!own(i % columns)) expect(value).toBe(Math.fround(POISON));
    else expect(Math.abs(value)).toBeLessThan(1e3);
  });
  const before = new Float32Array(weights + columns).fill(7);
  const result = await runKernel(await testGpu(), headOutputGradients, {
    uniforms: heads.uniforms,
    buffers: { d_logits: dLogits, input, d_layer: before },
    defines,
  });
  const past = second!.weight + second!.columns * second!.inputs;
  result['d_layer']?.forEach((value, i) => {
    const touched = i < weights ? i >= second!.weight && i < past : own(i - weights);
    expect(value === 7).toBe(!touched);
  });
});
