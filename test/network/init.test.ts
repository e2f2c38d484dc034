import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { initialParameters } from '../../src/network/init.js';
import { parameterCount } from '../../src/network/parameters.js';
import { presetModel } from '../../src/model/presets.js';
import type { TwoLayerModelConfig } from '../../src/core/config.js';

const preset = presetModel('alstm-1', { emotion: 4 });
const model: TwoLayerModelConfig = {
  ...preset,
  frontend: { units: 20 },
  recurrent: { ...preset.recurrent, units: 24 },
};
const start = initialParameters(model, 7);
const data = (name: string): Float32Array => start[name]?.data as Float32Array;

describe('initialParameters', () => {
  it('gives every parameter of the model in its shape', () => {
    const count = Object.values(start).reduce((sum, { data }) => sum + data.length, 0);
    expect(count).toBe(parameterCount(model));
    expect(start['recurrent.backward.weight_hh']?.shape).toEqual([96, 24]);
  });

  it('draws dense layers and weight_ih uniformly within Glorot bounds', () => {
    for (const [name, into, out] of [
      ['frontend.weight', 36, 20],
      ['recurrent.forward.weight_ih', 20, 96],
      ['heads.emotion.hidden.weight', 48, 256],
      ['heads.emotion.output.weight', 256, 4],
    ] as const) {
      const values = data(name);
      const bound = Math.sqrt(6 / (into + out));
      const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(largest, name).toBeLessThanOrEqual(bound);
      expect(largest, name).toBeGreaterThan(0.97 * bound);
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
      // Five standard errors of a uniform variable's mean and variance.
      expect(Math.abs(mean), name).toBeLessThan((5 * bound) / Math.sqrt(3 * values.length));
      expect(Math.abs(variance / (bound ** 2 / 3) - 1), name).toBeLessThan(
        5 * Math.sqrt(0.8 / values.length),
      );
    }
  });

  it('makes each gate of weight_hh orthogonal, and no two alike', () => {
    const H = 24;
    const whole = data('recurrent.forward.weight_hh');
    for (let gate = 0; gate < 4; gate++) {
      const at = (i: number, j: number) => whole[(gate * H + i) * H + j] ?? NaN;
      for (let i = 0; i < H; i++) {
        for (let j = 0; j < H; j++) {
          let rows = 0;
          let columns = 0;
          for (let k = 0; k < H; k++) {
            rows += at(i, k) * at(j, k);
            columns += at(k, i) * at(k, j);
          }
          expect(Math.abs(rows - (i === j ? 1 : 0))).toBeLessThan(1e-6);
          expect(Math.abs(columns - (i === j ? 1 : 0))).toBeLessThan(1e-6);
        }
      }
    }
    expect(whole.slice(0, H * H)).not.toEqual(whole.slice(H * H, 2 * H * H));
  });

  it('leaves no direction out: orthogonal entries have both signs and mean square 1 / H', () => {
    const H = 24;
    const negative = data('recurrent.forward.weight_hh').filter((x) => x < 0).length / (4 * H * H);
    expect(Math.abs(negative - 0.5)).toBeLessThan(0.06);
  });

  it('sets biases to 0, the forget gate to 1 and attention to 0', () => {
    const bias = data('recurrent.backward.bias');
    bias.forEach((x, i) => expect(x).toBe(i >= 24 && i < 48 ? 1 : 0));
    for (const name of ['frontend.bias', 'recurrent.forward.attention', 'pooling.attention']) {
      expect(
        data(name).every((x) => x === 0),
        name,
      ).toBe(true);
    }
  });

  it('depends on the seed and on the name of the parameter alone', () => {
    expect(initialParameters(model, 7)).toEqual(start);
    const plain = { ...model, recurrent: { ...model.recurrent, cell: 'lstm' as const } };
    const other = initialParameters(plain, 7);
    expect(other['recurrent.forward.weight_hh']).toEqual(start['recurrent.forward.weight_hh']);
    expect(other['recurrent.forward.attention']).toBeUndefined();
    expect(initialParameters(model, 8)['frontend.weight']).not.toEqual(start['frontend.weight']);
    expect(data('recurrent.forward.weight_ih')).not.toEqual(data('recurrent.backward.weight_ih'));
    expect(() => initialParameters(model, -1)).toThrow(UsageError);
  });
});
