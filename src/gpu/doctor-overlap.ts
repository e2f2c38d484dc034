/**
 * Whether two independent dispatches run at once. Implementations of WebGPU may put a barrier before a dispatch that writes a
 * buffer which was used before, and a barrier waits for everything before it. So it depends on what was last done
 * with the second dispatch's buffer.
 */
import { AdapterError } from '../core/errors.js';
import type { Fact } from './doctor-numbers.js';
import type { Gpu } from './device.js';

/** What the two are called among the facts. */
export const OVERLAP = '2 dispatches';

/** What was last done with the buffers that they write: a dispatch wrote them, they were cleared, or nothing. */
const pasts = ['written', 'cleared', 'new'] as const;
type Past = (typeof pasts)[number];

/** The time of one dispatch and of two, in words. */
export function overlapFact(past: Past, one: number, two: number): Fact {
  const how = two < 1.5 * one ? 'at once' : 'one after the other';
  return {
    expression: OVERLAP,
    result: (two / one).toFixed(1),
    fact: `run ${how} where their buffers are ${past}`,
  };
}

/** Milliseconds of a dispatch: submitting it and waiting for its end take much less. */
const LONG = 8;
const LANES = 64;
const MOST = 2 ** 26;

const code = /* wgsl */ `
  @group(0) @binding(0) var<storage, read_write> output: array<f32>;
  @group(0) @binding(1) var<uniform> count: vec4u;
  @compute @workgroup_size(${LANES}) fn main(@builtin(local_invocation_index) lane: u32) {
    var x = f32(lane);
    for (var i = 0u; i < count.x; i++) { x = x * 0.5 + 1.0; }
    output[lane] = x;
  }`;

/** One fact for each past: the time of two dispatches of one workgroup each over that of one. */
export async function overlapFacts(gpu: Gpu): Promise<Fact[]> {
  const { device } = gpu;
  const { STORAGE, COPY_DST, UNIFORM } = GPUBufferUsage;
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: OVERLAP, code });
  const compute = { module, entryPoint: 'main' };
  const pipeline = device.createComputePipeline({ layout: 'auto', compute });
  const refused = await device.popErrorScope();
  if (refused !== null) throw new AdapterError(refused.message);
  const layout = pipeline.getBindGroupLayout(0);
  const count = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  const makeOutput = () => {
    const buffer = device.createBuffer({ size: 4 * LANES, usage: STORAGE | COPY_DST });
    const entries = [buffer, count].map((own, binding) => ({
      binding,
      resource: { buffer: own },
    }));
    return { buffer, group: device.createBindGroup({ layout, entries }) };
  };
  const known = [makeOutput(), makeOutput()];

  /** Milliseconds of so many dispatches, each with a buffer of its own. */
  const time = async (dispatches: number, past: Past): Promise<number> => {
    const outputs = past === 'new' ? [makeOutput(), makeOutput()] : known;
    const encoder = device.createCommandEncoder();
    if (past === 'cleared') for (const { buffer } of outputs) encoder.clearBuffer(buffer);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    for (const { group } of outputs.slice(0, dispatches)) {
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
    }
    pass.end();
    const commands = encoder.finish();
    const began = performance.now();
    device.queue.submit([commands]);
    await gpu.wait(device.queue.onSubmittedWorkDone());
    const ms = performance.now() - began;
    if (past === 'new') for (const { buffer } of outputs) buffer.destroy();
    return ms;
  };

  try {
    await time(2, 'written'); // some compile at the first dispatch
    for (let steps = 2 ** 10; steps <= MOST; steps *= 2) {
      device.queue.writeBuffer(count, 0, Uint32Array.of(steps, 0, 0, 0));
      if ((await time(1, 'written')) >= LONG) break;
    }
    const facts: Fact[] = [];
    for (const past of pasts) {
      const fastest = [Infinity, Infinity, Infinity];
      for (let i = 0; i < 3; i++) {
        for (const [n, known] of fastest.entries())
          fastest[n] = Math.min(known, await time(n, past));
      }
      const [none = 0, one = NaN, two = NaN] = fastest;
      facts.push(overlapFact(past, one - none, two - none));
    }
    return facts;
  } finally {
    for (const { buffer } of known) buffer.destroy();
    count.destroy();
  }
}
