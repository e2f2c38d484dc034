import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { elementCount } from '../../src/core/tensor.js';
import type { Parameters } from '../../src/onnx/weights.js';
import { runCell } from '../support/cell.js';
import { recurrentInputs } from '../support/recurrent-inputs.js';

type Values = ArrayLike<number>;

const at = (values: Values, i: number) => values[i] ?? NaN;
const relu = (values: Float64Array) => values.map((x) => Math.max(0, x));

/** Exponentials over their sum. */
export function softmax(scores: Values): Float64Array {
  const most = Math.max(...Array.from(scores));
  const powers = Float64Array.from(scores, (x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}

/** The network of SPEC section 1 for one utterance in f64: probabilities of each task, and attention [T]. */
export function networkTwin(
  model: TwoLayerModelConfig,
  parameters: Parameters,
  features: Values,
  T: number,
): Record<string, Float64Array> {
  const of = (name: string): Values => parameters[name]?.data ?? [];
  const dense = (name: string, x: Values, frames = 1) =>
    product(x, frames, of(`${name}.weight`), of(`${name}.bias`));
  const x = relu(dense('frontend', features, T));
  const { settings, pre, weight, attention } = recurrentInputs(model, parameters, x);
  const y = runCell(settings, [T], pre, weight, attention).outputs; // [T, D]

  const D = settings.directions * settings.units;
  const pooling = of('pooling.attention');
  const scores = Array.from({ length: T }, (_, t) =>
    model.pooling === 'mean' ? 0 : dot(y.subarray(t * D, t * D + D), pooling),
  );
  const weights = softmax(scores);
  const pooled = new Float64Array(D);
  y.forEach(
    (value, i) => (pooled[i % D] = at(pooled, i % D) + at(weights, Math.floor(i / D)) * value),
  );
  const tasks = model.heads.map(({ task, hidden }) => {
    const name = `heads.${task}`;
    const inner = hidden > 0 ? relu(dense(`${name}.hidden`, pooled)) : pooled;
    return [task, softmax(dense(`${name}.output`, inner))] as const;
  });
  return { ...Object.fromEntries(tasks), attention: weights };
}

/** x [frames, in] → [frames, out], with weight [out, in]. */
function product(x: Values, frames: number, weight: Values, bias: Values): Float64Array {
  const [inputs, outputs] = [x.length / frames, bias.length];
  const rows = Array.from(x);
  const columns = Array.from(weight);
  return Float64Array.from({ length: elementCount([frames, outputs]) }, (_, i) => {
    const [t, row] = [Math.floor(i / outputs), i % outputs];
    const own = columns.slice(row * inputs, (row + 1) * inputs);
    return at(bias, row) + dot(rows.slice(t * inputs, (t + 1) * inputs), own);
  });
}

function dot(a: Values, b: Values): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}
