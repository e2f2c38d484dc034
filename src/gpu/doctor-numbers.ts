/**
 * NaN, infinities and overflow. WGSL lets a compiler assume that none occurs, and those with fast mathematics
 * do: what a run depends on is checked, the rest is told as facts.
 */
import { bindings, type Check, type Kernel } from './doctor-kernels.js';
import type { GpuFeature } from './device.js';

/** What an adapter makes of something that WGSL or WebGPU leaves open: no fault, whichever it is. */
export interface Fact {
  readonly expression: string;
  /** A number as text, since JSON has neither NaN nor infinities. */
  readonly result: string;
  /** The result in words, such as `flushes NaN in clamp`. */
  readonly fact: string;
}

/** As in clip_scale.wgsl: a step whose gradients or losses are not finite is found by their bits. */
const isFinite = /* wgsl */ `
  fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
`;

/** As in activation.wgsl. */
const activations = /* wgsl */ `
  fn sigmoid_bounded(x: f32) -> f32 { return 1.0 / (1.0 + exp(clamp(-x, -87.0, 87.0))); }
  fn tanh_exact(x: f32) -> f32 {
    let s = x * x;
    let near = x * (1.0 + s * (-0.33333333 + s * (0.13333333 + s * (-0.053968254 + s * 0.021869488))));
    let far = 1.0 - 2.0 / (exp(min(2.0 * abs(x), 40.0)) + 1.0);
    return select(sign(x) * far, near, !(abs(x) >= 0.2));
  }
`;

const LARGEST = 3.4028234e38;

/** What runs depend on: whether NaN and infinities are found, and activations of large numbers. */
export function numberChecks(): Check[] {
  return [
    foundByBits(),
    foundInSums('f32'),
    foundInSums('f16'),
    ofLarge('sigmoid', 'sigmoid_bounded(x)', (x) => 1 / (1 + Math.exp(-x))),
    ofLarge('tanh', 'tanh_exact(x)', Math.tanh),
  ];
}

function foundByBits(): Check {
  const values = [0, -0, 1, -2.5, 1e-38, LARGEST, -LARGEST, NaN, Infinity, -Infinity];
  return {
    name: 'NaN by its bits',
    tolerance: 0,
    code: /* wgsl */ `
      ${bindings}
      ${isFinite}
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
        output[group.x] = select(0.0, b[0], is_finite(a[group.x]));
      }`,
    workgroups: values.length,
    a: Float32Array.from(values),
    b: Float32Array.of(1),
    expected: Float64Array.from(values, (value) => (Number.isFinite(value) ? 1 : 0)),
  };
}

/** A gradient that is not finite makes the norm of all gradients so: the root of a sum of squares over the scale. */
function foundInSums(type: 'f32' | 'f16'): Check {
  const width = 8;
  const rows = [
    [],
    [1],
    [200, 200],
    [NaN],
    [1, 2, NaN],
    [Infinity],
    [3, -Infinity],
    [Infinity, -Infinity],
    ...(type === 'f32' ? [[1e20], [1e25, NaN]] : []),
  ];
  const finite = (row: readonly number[]) => Math.fround(row.reduce((sum, x) => sum + x * x, 0));
  return {
    name: `NaN in sums of ${type}`,
    ...(type === 'f16' ? { feature: 'shader-f16' as const } : {}),
    tolerance: 0,
    code: /* wgsl */ `
      ${type === 'f16' ? 'enable f16;' : ''}
      ${bindings}
      ${isFinite}
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
        var sum = 0.0;
        for (var i = 0u; i < ${width}u; i++) {
          let x = f32(${type}(a[group.x * ${width}u + i]));
          sum += x * x;
        }
        output[group.x] = select(0.0, 1.0, is_finite(sqrt(sum) / b[0]));
      }`,
    workgroups: rows.length,
    a: Float32Array.from(
      rows.flatMap((row) => [...row, ...Array<number>(width - row.length).fill(0.5)]),
    ),
    b: Float32Array.of(1),
    expected: Float64Array.from(rows, (row) => (Number.isFinite(finite(row)) ? 1 : 0)),
  };
}

/** exp of large numbers overflows: a cell's activations are written so that it cannot. */
function ofLarge(name: string, wgsl: string, exact: (x: number) => number): Check {
  const sizes = [0, 1e-30, 0.1, 1, 20, 43, 44, 87, 88, 89, 100, 1000, 1e20, LARGEST];
  const values = sizes.flatMap((x) => [x, -x]);
  return {
    name: `${name} of large numbers`,
    tolerance: 1e-6,
    code: /* wgsl */ `
      ${bindings}
      ${activations}
      @compute @workgroup_size(1) fn main(@builtin(workgroup_id) group: vec3u) {
        let x = a[group.x] * b[0];
        output[group.x] = ${wgsl};
      }`,
    workgroups: values.length,
    a: Float32Array.from(values),
    b: Float32Array.of(1),
    expected: Float64Array.from(values, exact),
  };
}

/** An expression of `nan`, `inf`, `zero`, `one`, `large` (200), `huge` (3e38) and `tiny` (1e-40), as people read it and as WGSL. */
interface Question {
  readonly expression: string;
  readonly wgsl: string;
  readonly words: (result: number) => string;
}

/** One of two readings of a result. */
function whether(is: (result: number) => boolean, yes: string, no: string) {
  return (result: number): string => (is(result) ? yes : no);
}

const keeps = (where: string) =>
  whether(Number.isNaN, `keeps NaN in ${where}`, `flushes NaN in ${where}`);
const overflows = (what: string) =>
  whether((x) => x === Infinity, `${what} is infinite`, `${what} is bounded`);
const compared = whether(
  (x) => x === 1,
  'comparisons know NaN',
  'comparisons take NaN for a number',
);
/** A comparison as a number, the other way where NaN makes it false. */
const truth = (condition: string) => `select(0.0, one, ${condition})`;

const questions: readonly Question[] = [
  { expression: 'max(NaN, 1)', wgsl: 'max(nan, one)', words: keeps('max') },
  { expression: 'max(1, NaN)', wgsl: 'max(one, nan)', words: keeps('max') },
  { expression: 'min(NaN, 1)', wgsl: 'min(nan, one)', words: keeps('min') },
  { expression: 'min(1, NaN)', wgsl: 'min(one, nan)', words: keeps('min') },
  { expression: 'clamp(NaN, 0, 1)', wgsl: 'clamp(nan, 0.0, one)', words: keeps('clamp') },
  {
    expression: 'select(0, NaN, true)',
    wgsl: 'select(0.0, nan, one > 0.5)',
    words: keeps('select'),
  },
  { expression: 'NaN != NaN', wgsl: truth('nan != nan'), words: compared },
  { expression: '!(NaN == NaN)', wgsl: truth('!(nan == nan)'), words: compared },
  { expression: '!(NaN < 1)', wgsl: truth('!(nan < one)'), words: compared },
  { expression: '!(NaN >= 1)', wgsl: truth('!(nan >= one)'), words: compared },
  { expression: 'NaN + 1', wgsl: 'nan + one', words: keeps('sums') },
  { expression: '0 * NaN', wgsl: 'zero * nan', words: keeps('products') },
  {
    expression: '0 * infinity',
    wgsl: 'zero * inf',
    words: whether(Number.isNaN, 'is NaN', 'is a number'),
  },
  {
    expression: 'infinity - infinity',
    wgsl: 'inf - inf * one',
    words: whether(Number.isNaN, 'is NaN', 'is a number'),
  },
  {
    expression: 'infinity > 3e38',
    wgsl: truth('inf > huge'),
    words: whether((x) => x === 1, 'comparisons know infinity', 'comparisons do not know infinity'),
  },
  { expression: '1 / 0', wgsl: 'one / zero', words: overflows('it') },
  { expression: '3e38 * 10', wgsl: 'huge * 10.0', words: overflows('an overflow') },
  { expression: 'exp(200)', wgsl: 'exp(large)', words: overflows('exp of a large number') },
  {
    expression: 'exp(-200)',
    wgsl: 'exp(-large)',
    words: whether((x) => x === 0, 'is 0', 'is not 0'),
  },
  {
    expression: '1 / (1 + exp(200))',
    wgsl: '1.0 / (one + exp(large))',
    words: whether((x) => x === 0, 'is 0', 'is not 0'),
  },
  {
    expression: '1e-40 * 1',
    wgsl: 'tiny * one',
    words: whether((x) => x === 0, 'flushes subnormal numbers', 'keeps subnormal numbers'),
  },
  { expression: 'sigmoid(NaN)', wgsl: 'sigmoid_bounded(nan)', words: keeps('sigmoid') },
  { expression: 'tanh(NaN)', wgsl: 'tanh_exact(nan)', words: keeps('tanh') },
];

const halfQuestions: readonly Question[] = [
  { expression: 'f16(NaN)', wgsl: 'f32(f16(nan))', words: keeps('f16') },
  { expression: 'f16(infinity)', wgsl: 'f32(f16(inf))', words: overflows('it') },
  {
    expression: 'f16(3e38)',
    wgsl: 'f32(f16(huge))',
    words: (x) =>
      x > 1e38 && x < Infinity
        ? 'a conversion to f16 and back is left out'
        : overflows('an overflow')(x),
  },
];

/** A kernel that answers questions, a number each. */
export interface Inquiry {
  readonly feature?: GpuFeature;
  readonly kernel: Kernel;
  readonly count: number;
  readonly facts: (results: ArrayLike<number>) => Fact[];
}

export function inquiries(): Inquiry[] {
  return [inquiry(questions), inquiry(halfQuestions, 'shader-f16')];
}

/** Inputs come from buffers: no compiler can fold them. */
function inquiry(asked: readonly Question[], feature?: 'shader-f16'): Inquiry {
  const answers = asked.map(({ wgsl }, i) => `output[${i}] = ${wgsl};`);
  return {
    ...(feature && { feature }),
    kernel: {
      name: feature ? 'NaN and infinities in f16' : 'NaN and infinities',
      code: /* wgsl */ `
        ${feature ? 'enable f16;' : ''}
        ${bindings}
        ${activations}
        @compute @workgroup_size(1) fn main() {
          let nan = a[0]; let inf = a[1]; let one = b[0]; let zero = b[1]; let large = a[2]; let huge = a[3]; let tiny = a[4];
          ${answers.join('\n')}
        }`,
      workgroups: 1,
      a: Float32Array.of(NaN, Infinity, 200, 3e38, 1e-40),
      b: Float32Array.of(1, 0),
    },
    count: asked.length,
    facts: (results) =>
      asked.map(({ expression, words }, i) => {
        const result = results[i] ?? NaN;
        return { expression, result: String(Number(result.toPrecision(3))), fact: words(result) };
      }),
  };
}
