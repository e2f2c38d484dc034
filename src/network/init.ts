import type { ModelConfig } from '../core/config.js';
import { Random } from '../core/random.js';
import { elementCount, type HostTensor } from '../core/tensor.js';
import type { Parameter } from './layout.js';
import { layoutParameters } from './parameters.js';

/**
 * Start values of a model's parameters, by SPEC name in PyTorch's shapes: Glorot uniform (Glorot and
 * Bengio 2010) for dense layers and `weight_ih`, each gate of `weight_hh` orthogonal (Saxe, McClelland
 * and Ganguli 2014), biases 0 with the forget gate's 1 (Jozefowicz, Zaremba and Sutskever 2015),
 * attention vectors 0.
 *
 * Every parameter draws from a stream of its own name, so that parameters shared by two models
 * start from the same values.
 *
 * @example
 * const model = presetModel('alstm', { emotion: 4 });
 * const parameters = initialParameters(model, 0);
 * console.log(Object.keys(parameters));
 *
 * @throws UsageError for a seed that is not an integer from 0 to 2^53 - 1
 */
export function initialParameters(model: ModelConfig, seed: number): Record<string, HostTensor> {
  const { parameters } = layoutParameters(model);
  return Object.fromEntries(
    parameters.map((parameter) => {
      const random = new Random(seed, `init/${parameter.name}`);
      return [parameter.name, { shape: parameter.shape, data: startValues(parameter, random) }];
    }),
  );
}

function startValues({ shape, start }: Parameter, random: Random): Float32Array {
  if (typeof start === 'object') {
    const part = elementCount(shape) / start.each.length;
    return Float32Array.from(
      { length: elementCount(shape) },
      (_, i) => start.each[Math.floor(i / part)] ?? NaN,
    );
  }
  switch (start) {
    case 'glorot':
      return glorot(shape, random);
    case 'orthogonal-gates':
      return orthogonalGates(shape, random);
    case 'zero':
      return new Float32Array(elementCount(shape));
  }
}

/** Uniform in ±√(6 / (in + out)); all gates of `weight_ih` count as one layer, as in Keras. */
function glorot([out = 0, into = 0]: readonly number[], random: Random): Float32Array {
  const bound = Math.sqrt(6 / (into + out));
  return Float32Array.from({ length: out * into }, () => (2 * random.next() - 1) * bound);
}

/** [gates * H, H]: orthogonal matrices [H, H], one below the other. */
function orthogonalGates([rows = 0, H = 0]: readonly number[], random: Random): Float32Array {
  const data = new Float32Array(rows * H);
  for (let gate = 0; gate < rows / H; gate++) data.set(orthogonal(H, random), gate * H * H);
  return data;
}

/**
 * A matrix [n, n] drawn uniformly from the orthogonal group: Q of a normal matrix's QR decomposition
 * with R's diagonal positive (Mezzadri 2007). Orthonormal columns by modified Gram and Schmidt, twice,
 * for float64 accuracy; the diagonal comes out positive by itself.
 *
 * @returns [n, n], row-major; rows are the orthonormal vectors, as good as columns: the transpose
 *   of an orthogonal matrix is one
 */
function orthogonal(n: number, random: Random): Float64Array {
  const rows = Array.from({ length: n }, () =>
    Float64Array.from({ length: n }, () => random.normal()),
  );
  rows.forEach((row, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = rows[j] as Float64Array;
        const share = dot(row, other);
        for (let k = 0; k < n; k++) row[k]! -= share * other[k]!;
      }
    }
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < n; k++) row[k]! /= length;
  });
  const flat = new Float64Array(n * n);
  rows.forEach((row, i) => flat.set(row, i * n));
  return flat;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
