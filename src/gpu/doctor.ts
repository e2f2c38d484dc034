import { relativeError } from '../core/tensor.js';
import { AdapterError, messageOf } from '../core/errors.js';
import { arithmeticChecks, type Check, type Kernel } from './doctor-kernels.js';
import { inquiries, numberChecks, type Fact } from './doctor-numbers.js';
import { OVERLAP, overlapFacts } from './doctor-overlap.js';
import { type AdapterInfo, type Gpu, type GpuFeature, wantedLimits } from './device.js';

/** Description and capabilities of an adapter, and whether its results are correct. */
export interface DoctorReport {
  readonly adapter: AdapterInfo;
  readonly features: readonly GpuFeature[];
  readonly subgroupSize: { readonly min: number; readonly max: number };
  /** In bytes, invocations, workgroups or bindings, by their WebGPU names. */
  readonly limits: Readonly<Record<(typeof wantedLimits)[number], number>>;
  readonly checks: readonly CheckResult[];
  /** What it makes of NaN and infinities, where WGSL leaves that open, and whether dispatches run at once. */
  readonly facts: readonly Fact[];
  /** Every check passed. */
  readonly ok: boolean;
}

/** A check of a kernel on this device. */
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

/**
 * Runs small kernels with known results: operations that drivers get wrong, and those of
 * a network. A check that fails or does not compile is a result, not an error.
 *
 * @example
 * const { checks } = await doctorReport(engine.gpu);
 * for (const { name, ok, failure } of checks) console.log(name, ok, failure);
 *
 * @throws DeviceLostError if the device is lost meanwhile, AdapterError if it had failed before.
 */
export async function doctorReport(gpu: Gpu): Promise<DoctorReport> {
  gpu.check();
  const checks: CheckResult[] = [];
  for (const check of [...arithmeticChecks(), ...numberChecks()]) {
    if (check.feature !== undefined && !gpu.features.has(check.feature)) continue;
    checks.push(await judge(gpu, check));
    gpu.check();
  }
  const facts: Fact[] = [];
  const ask = async (name: string, answer: () => Promise<Fact[]>): Promise<void> => {
    try {
      facts.push(...(await answer()));
    } catch (error) {
      checks.push(failed({ name, tolerance: 0 }, 0, error));
    }
    gpu.check();
  };
  for (const asked of inquiries()) {
    if (asked.feature !== undefined && !gpu.features.has(asked.feature)) continue;
    const { kernel, count } = asked;
    await ask(kernel.name, async () => asked.facts(await compute(gpu, kernel, count)));
  }
  await ask(OVERLAP, () => overlapFacts(gpu));
  return {
    adapter: gpu.adapter,
    features: [...gpu.features],
    subgroupSize: gpu.subgroupSize,
    limits: Object.fromEntries(
      wantedLimits.map((name) => [name, gpu.limits[name]]),
    ) as DoctorReport['limits'],
    checks,
    facts,
    ok: checks.every(({ ok }) => ok),
  };
}

async function judge(gpu: Gpu, check: Check): Promise<CheckResult> {
  const { name, tolerance, expected } = check;
  const start = performance.now();
  try {
    const error = relativeError(await compute(gpu, check, expected.length), expected);
    const milliseconds = performance.now() - start;
    return { name, ok: error <= tolerance, error, tolerance, milliseconds };
  } catch (error) {
    return failed(check, performance.now() - start, error);
  }
}

function failed(
  { name, tolerance }: Pick<Check, 'name' | 'tolerance'>,
  milliseconds: number,
  error: unknown,
): CheckResult {
  const failure = messageOf(error).trim().split('\n')[0] ?? '';
  return { name, ok: false, error: NaN, tolerance, milliseconds, failure };
}

/** One dispatch over the inputs `a` and `b`. */
async function compute(gpu: Gpu, kernel: Kernel, count: number): Promise<Float32Array> {
  const { device } = gpu;
  device.pushErrorScope('validation');
  const buffers: GPUBuffer[] = [];
  const buffer = (size: number, usage: number): GPUBuffer => {
    const made = device.createBuffer({ label: `doctor ${kernel.name}`, size, usage });
    buffers.push(made);
    return made;
  };
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  try {
    const a = buffer(kernel.a.byteLength, STORAGE | COPY_DST);
    const b = buffer(kernel.b.byteLength, STORAGE | COPY_DST);
    const output = buffer(count * 4, STORAGE | COPY_SRC);
    const host = buffer(output.size, MAP_READ | COPY_DST);
    device.queue.writeBuffer(a, 0, kernel.a);
    device.queue.writeBuffer(b, 0, kernel.b);

    const module = device.createShaderModule({ label: kernel.name, code: kernel.code });
    const compute = { module, entryPoint: 'main' };
    const pipeline = device.createComputePipeline({ layout: 'auto', compute });
    const entries = [a, b, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });

    const commands = device.createCommandEncoder();
    const pass = commands.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(kernel.workgroups);
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
