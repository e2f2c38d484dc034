import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../src/kernels/heads/cross_entropy.js';
import { softmax } from '../../src/kernels/heads/softmax.js';
import { testGpu } from '../support/gpu.js';
import { drawColumns, expectOthersUntouched, ownColumns } from '../support/columns.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;

/** Softmax of `classes` logits, in f64. */
function probabilitiesOf(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - top));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / total);
}

describe('softmax', () => {
  it('is 0 past the classes, and finite for large logits', async () => {
    const draw = new Draw('softmax');
    for (let n = 0; n < 5; n++) {
      const [rows, classes] = [draw.size(1, n === 0 ? 1 : 150), n === 1 ? 1 : draw.size(1, 9)];
      const own = drawColumns(draw, classes);
      const logits = draw.values(rows * own.stride, n === 2 ? 200 : 2);
      const { probabilities } = await runKernel(await testGpu(), softmax, {
        uniforms: { rows, classes, ...own },
        buffers: { logits, probabilities: rows * own.columns },
      });
      const expected = new Float64Array(rows * own.columns);
      for (let b = 0; b < rows; b++) {
        const from = b * own.stride + own.first;
        expected.set(probabilitiesOf([...logits.slice(from, from + classes)]), b * own.columns);
      }
      expectClose(probabilities, expected, 1e-6);
    }
  });
});

describe('cross_entropy', () => {
  it('is the weighted, smoothed loss, and its gradient by central differences', async () => {
    const draw = new Draw('cross_entropy');
    for (let n = 0; n < 8; n++) {
      const [rows, classes] = [n === 0 ? 1 : draw.size(1, 150), n === 1 ? 1 : draw.size(2, 9)];
      const own = drawColumns(draw, classes);
      const { stride, first, columns } = own;
      const slot = n % 3;
      const logits = draw.values(rows * stride, 2);
      const weights = draw.values(classes).map((w) => Math.abs(w) + 0.1);
      const smoothing = n % 2 ? 0.2 : 0;
      const targets = Int32Array.from({ length: rows }, () => draw.size(-1, classes - 1));
      const before = draw.values(4);
      const [inverseNorm, gradientScale, lossScale] = [0.3, 0.7, 4];
      const result = await runKernel(await testGpu(), crossEntropy, {
        uniforms: {
          rows,
          classes,
          ...own,
          slot,
          slots: 4,
          inverse_norm: inverseNorm,
          gradient_scale: gradientScale,
          smoothing,
          weight_sum: weights.reduce((a, b) => a + b, 0),
        },
        buffers: {
          logits,
          targets,
          loss_scale: Float32Array.of(lossScale, 0, 0, 0),
          class_weights: weights,
          d_logits: rows * stride,
          losses: before,
        },
      });
      /** torch.nn.functional.cross_entropy of one row, not yet divided by the weights' sum. */
      const lossOf = (x: readonly number[], y: number): number => {
        if (y < 0) return 0;
        const logs = probabilitiesOf(x).map((p) => -Math.log(p));
        const smooth = logs.reduce((sum, log, c) => sum + at(weights, c) * log, 0);
        return (1 - smoothing) * at(weights, y) * at(logs, y) + (smoothing / classes) * smooth;
      };
      let total = 0;
      const gradient = new Float64Array(rows * columns);
      for (let b = 0; b < rows; b++) {
        const x = [...logits.slice(b * stride + first, b * stride + first + classes)];
        const y = at(targets, b);
        total += lossOf(x, y);
        for (let c = 0; c < classes; c++) {
          const moved = (by: number) =>
            lossOf(
              x.map((v, i) => (i === c ? v + by : v)),
              y,
            );
          gradient[b * columns + c] =
            (lossScale * gradientScale * (moved(1e-5) - moved(-1e-5))) / 2e-5;
        }
      }
      const dLogits = ownColumns(result['d_logits'], own);
      if (classes > 1) expectClose(dLogits, gradient, 1e-5, 'd_logits');
      // of one class alone the gradient is zero, but for rounding
      else for (const value of dLogits) expect(value).toBeCloseTo(0, 5);
      expectOthersUntouched(result['d_logits'], own);
      const expected = Float64Array.from(
        before,
        (x, i) => x + (i === slot ? total * inverseNorm : 0),
      );
      expectClose(result['losses'], expected, 2e-6, 'losses');
      // columns past the classes carry no gradient: the padding of the weights stays zero
      expect(dLogits).toHaveLength(rows * columns);
      dLogits.forEach((g, i) => {
        if (i % columns >= classes) expect(g).toBe(0);
      });
    }
  });
});
