import { relativeError } from '../core/tensor.js';
import { AdapterError, messageOf } from '../core/errors.js';
import { type AdapterInfo, type Gpu, type GpuFeature, wantedLimits } from './device.js';

/** Description and capabilities of an adapter, and whether its results are correct. */
export interface DoctorReport {
  readonly adapter: AdapterInfo;
  readonly features: readonly GpuFeature[];
  readonly subgroupSize: { readonly min: number; readonly max: number };
  /** In bytes, invocations, workgroups or bindings, by their WebGPU names. */
  readonly limits: Readonly<Record<(typeof wantedLimits)[number], number>>;
  readonly checks: readonly CheckResult[];
  /** Every check passed. */
  readonly ok: boolean;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** ‖got − expected‖ / ‖expected‖, expected in float64; NaN if nothing or NaN came back. */
  readonly error: number;
  readonly tolerance: number;
  readonly milliseconds: number;
  /** Why there is no result. */
  readonly failure?: string;
}

interface Check {
  readonly name: string;
  /** The check is skipped if the adapter lacks it. */
  readonly feature?: GpuFeature;
  readonly tolerance: number;
  readonly code: string;
  readonly workgroups: number;
  readonly a: Float32Array<ArrayBuffer>;
  readonly b: Float32Array<ArrayBuffer>;
  readonly expected: Float64Array;
}

/**
 * Runs small kernels with known results: operations that drivers get wrong, and those of
 * a network. A check that fails or does not compile is a result, not an error.
 *
 * @throws DeviceLostError if the device is lost meanwhile, AdapterError if it had failed before.
 */
export async function doctorReport(gpu: Gpu): Promise<DoctorReport> {
  gpu.check();
  const checks: CheckResult[] = [];
  for (const check of allChecks()) {
    if (check.feature !== undefined && !gpu.features.has(check.feature)) continue;
    checks.push(await judge(gpu, check));
    gpu.check();
  }
  return {
    adapter: gpu.adapter,
    features: [...gpu.features],
    subgroupSize: gpu.subgroupSize,
    limits: Object.fromEntries(
      wantedLimits.map((name) => [name, gpu.limits[name]]),
    ) as DoctorReport['limits'],
    checks,
    ok: checks.every(({ ok }) => ok),
  };
}

async function judge(gpu: Gpu, check: Check): Promise<CheckResult> {
  const { name, tolerance } = check;
  const start = performance.now();
  try {
    const got = await compute(gpu, check);
    const error = relativeError(got, check.expected);
    const milliseconds = performance.now() - start;
    return { name, ok: error <= tolerance, error, tolerance, milliseconds };
  } catch (error) {
    const milliseconds = performance.now() - start;
    const failure = messageOf(error).trim().split('\n')[0] ?? '';
    return { name, ok: false, error: NaN, tolerance, milliseconds, failure };
  }
}

/** One dispatch over the inputs `a` and `b`; the output is as long as `expected`. */
async function compute(gpu: Gpu, check: Check): Promise<Float32Array> {
  const { device } = gpu;
  device.pushErrorScope('validation');
  const buffers: GPUBuffer[] = [];
  const buffer = (size: number, usage: number): GPUBuffer => {
    const made = device.createBuffer({ label: `doctor ${check.name}`, size, usage });
    buffers.push(made);
    return made;
  };
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  try {
    const a = buffer(check.a.byteLength, STORAGE | COPY_DST);
    const b = buffer(check.b.byteLength, STORAGE | COPY_DST);
    const output = buffer(check.expected.length * 4, STORAGE | COPY_SRC);
    const host = buffer(output.size, MAP_READ | COPY_DST);
    device.queue.writeBuffer(a, 0, check.a);
    device.queue.writeBuffer(b, 0, check.b);

    const module = device.createShaderModule({ label: check.name, code: check.code });
    const compute = { module, entryPoint: 'main' };
    const pipeline = device.createComputePipeline({ layout: 'auto', compute });
    const entries = [a, b, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });

    const commands = device.createCommandEncoder();
    const pass = commands.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(check.workgroups);
    pass.end();
    commands.copyBufferToBuffer(output, 0, host, 0, output.size);
    device.queue.submit([commands.finish()]);

    const refused = await device.popErrorScope();
    if (refused !== null) throw new AdapterError(refused.message);
    await gpu.wait(host.mapAsync(GPUMapMode.READ));
    return new Float32Array(host.getMappedRange().slice(0));
  } finally {
    for (const made of buffers) made.destroy();
  }
}

function allChecks(): Check[] {
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

const bindings = /* wgsl */ `
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
