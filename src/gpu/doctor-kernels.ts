/** Small kernels with known results. */
import type { GpuFeature } from './device.js';

/** WGSL that computes numbers from two lists. */
export interface Kernel {
  readonly name: string;
  readonly code: string;
  readonly workgroups: number;
  readonly a: Float32Array<ArrayBuffer>;
  readonly b: Float32Array<ArrayBuffer>;
}

export interface Check extends Kernel {
  /** The check is skipped if the adapter lacks it. */
  readonly feature?: GpuFeature;
  readonly tolerance: number;
  readonly expected: Float64Array;
}

export function arithmeticChecks(): Check[] {
  return [
    matmul('f32'),
    // Of negative magnitudes: the exponentials of large values would dominate the norm.
    builtin('exp', 'exp(-abs(x))', (x) => Math.exp(-Math.abs(x)), 1e-5),
    builtin('log', 'log(1 + abs(x))', (x) => Math.log1p(Math.abs(x)), 1e-5),
    builtin('tanh', 'tanh(x)', Math.tanh, 1e-5),
    builtin('sqrt', 'sqrt(abs(x))', (x) => Math.sqrt(Math.abs(x)), 1e-6),
    reduction(),
    matmul('f16'),
    subgroupSum(),
  ];
}

export const bindings = /* wgsl */ `
  @group(0) @binding(0) var<storage, read> a: array<f32>;
  @group(0) @binding(1) var<storage, read> b: array<f32>;
  @group(0) @binding(2) var<storage, read_write> output: array<f32>;
`;

/** A [M, K] times B [K, N], with sizes that no workgroup divides; the inputs are exact in f16 too. */
function matmul(type: 'f32' | 'f16'): Check {
  const [M, K, N] = [37, 45, 29];
  const a = wave(M * K, 8);
  const b = wave(K * N, 8);
  const expected = new Float64Array(M * N);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++) expected[m * N + n]! += a[m * K + k]! * b[k * N + n]!;
  const code = /* wgsl */ `
    ${type === 'f16' ? 'enable f16;' : ''}
    ${bindings}
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      let row = id.x / ${N}u;
      let column = id.x % ${N}u;
      if (row >= ${M}u) { return; }
      var sum = ${type}(0);
      for (var k = 0u; k < ${K}u; k++) {
        sum += ${type}(a[row * ${K}u + k]) * ${type}(b[k * ${N}u + column]);
      }
      output[id.x] = f32(sum);
    }`;
  return {
    name: `matrix product in ${type}`,
    ...(type === 'f16' ? { feature: 'shader-f16' as const } : {}),
    tolerance: type === 'f16' ? 1e-2 : 1e-6,
    code,
    workgroups: Math.ceil((M * N) / 64),
    a,
    b,
    expected,
  };
}

/** A function of values between -8 and 8; the tolerances are close to those that WGSL allows. */
function builtin(
  name: string,
  wgsl: string,
  exact: (x: number) => number,
  tolerance: number,
): Check {
  const count = 1000;
  const a = wave(count, 256).map((x) => 8 * x);
  const code = /* wgsl */ `
    ${bindings}
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= ${count}u) { return; }
      let x = a[id.x] * b[0];
      output[id.x] = ${wgsl};
    }`;
  const workgroups = Math.ceil(count / 64);
  const b = new Float32Array([1]); // keeps the compiler from folding constants
  const expected = Float64Array.from(a, exact);
  return { name, tolerance, code, workgroups, a, b, expected };
}

/** Sums of 256 products through workgroup memory and barriers; whole numbers, so the sums are exact. */
function reduction(): Check {
  const [lanes, groups] = [256, 7];
  const a = wave(lanes * groups, 16).map((x) => 16 * x);
  const b = wave(lanes * groups, 8).map((x) => 8 * x);
  const code = /* wgsl */ `
    ${bindings}
    var<workgroup> partial: array<f32, ${lanes}>;
    @compute @workgroup_size(${lanes}) fn main(
        @builtin(global_invocation_id) id: vec3u,
        @builtin(local_invocation_index) lane: u32,
        @builtin(workgroup_id) group: vec3u) {
      partial[lane] = a[id.x] * b[id.x];
      for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if (lane < half) { partial[lane] += partial[lane + half]; }
      }
      if (lane == 0u) { output[group.x] = partial[0]; }
    }`;
  const expected = groupSums(a, b, lanes, groups);
  return {
    name: 'workgroup reduction',
    tolerance: 0,
    code,
    workgroups: groups,
    a,
    b,
    expected,
  };
}

/** The same sums with subgroups, whose sums are added in turn. */
function subgroupSum(): Check {
  const [lanes, groups] = [64, 5];
  const a = wave(lanes * groups, 16).map((x) => 16 * x);
  const b = wave(lanes * groups, 8).map((x) => 8 * x);
  const code = /* wgsl */ `
    enable subgroups;
    ${bindings}
    var<workgroup> sums: array<f32, ${lanes}>;
    @compute @workgroup_size(${lanes}) fn main(
        @builtin(global_invocation_id) id: vec3u,
        @builtin(local_invocation_index) lane: u32,
        @builtin(workgroup_id) group: vec3u) {
      let sum = subgroupAdd(a[id.x] * b[id.x]);
      sums[lane] = select(0.0, sum, subgroupElect());
      workgroupBarrier();
      if (lane == 0u) {
        var total = 0.0;
        for (var i = 0u; i < ${lanes}u; i++) { total += sums[i]; }
        output[group.x] = total;
      }
    }`;
  const expected = groupSums(a, b, lanes, groups);
  return {
    name: 'subgroup sum',
    feature: 'subgroups',
    tolerance: 0,
    code,
    workgroups: groups,
    a,
    b,
    expected,
  };
}

function groupSums(a: Float32Array, b: Float32Array, lanes: number, groups: number): Float64Array {
  const sums = new Float64Array(groups);
  a.forEach((x, i) => (sums[Math.floor(i / lanes)]! += x * b[i]!));
  return sums;
}

/** Values between -1 and 1 in multiples of 1 / `steps`. */
function wave(count: number, steps: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => Math.round(steps * Math.sin(1 + i)) / steps,
  );
}
