import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../src/metrics/cross-entropy.js';

const logits = Float32Array.of(1, 2, 3, 0, 0, 0, -1, 4, 2);
const head = { task: 'emotion', classes: 3, hidden: 0, weight: 1 };
// -log softmax by hand: log(e + e² + e³) = 3.4076059644443806, and so on.
const rows = [
  [2.4076059644443806, 1.4076059644443806, 0.4076059644443806],
  [Math.log(3), Math.log(3), Math.log(3)],
  [5.132845233727576, 0.13284523372757562, 2.1328452337275756],
] as const;

describe('crossEntropy', () => {
  it('is the mean over the labelled rows', () => {
    const expected = (rows[0][2] + rows[2][0]) / 2;
    expect(crossEntropy(head, logits, Int32Array.of(2, -1, 0))).toBeCloseTo(expected, 12);
  });

  it("weighs classes as PyTorch does: over the sum of the targets' weights", () => {
    const weighted = { ...head, class_weights: [2, 1, 0.5] };
    const expected = (0.5 * rows[0][2] + 2 * rows[1][0] + 1 * rows[2][1]) / 3.5;
    expect(crossEntropy(weighted, logits, Int32Array.of(2, 0, 1))).toBeCloseTo(expected, 12);
  });

  it("smooths labels as PyTorch does, class weights on every class's share", () => {
    const smooth = { ...head, class_weights: [2, 1, 0.5], label_smoothing: 0.3 };
    // One row of class 2: 0.7 w₂ l₂ + 0.1 Σ w_c l_c, over w₂.
    const shares = 2 * rows[0][0] + 1 * rows[0][1] + 0.5 * rows[0][2];
    const expected = (0.7 * 0.5 * rows[0][2] + 0.1 * shares) / 0.5;
    expect(crossEntropy(smooth, logits, Int32Array.of(2, -1, -1))).toBeCloseTo(expected, 12);
  });

  it('is 0 without labels, exact for large logits, and NaN where a logit is', () => {
    expect(crossEntropy(head, logits, Int32Array.of(-1, -1, -1))).toBe(0);
    const large = Float32Array.of(1e4, 0, -1e4);
    expect(crossEntropy(head, large, Int32Array.of(1))).toBe(1e4);
    expect(crossEntropy(head, Float32Array.of(NaN, 0, 0), Int32Array.of(1))).toBeNaN();
  });
});
