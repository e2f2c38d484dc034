import { expect, onTestFinished, test, vi } from 'vitest';
import { adapterSlug, originOf } from '../../src/bench/results.js';
import type { Gpu } from '../../src/gpu/device.js';
import { openGpu, type OpenGpuOptions } from '../../src/platform/node/open-gpu.js';
import { planKey } from '../../src/tuning/plan-cache.js';
import { testAdapter } from '../support/gpu.js';
import { tinyModel } from '../support/network.js';

async function opened(options: OpenGpuOptions = {}): Promise<Gpu> {
  const gpu = await openGpu({ adapter: testAdapter(), ...options });
  onTestFinished(() => gpu.destroy());
  return gpu;
}

const BOUND = 16;

/** What a shader reads from a buffer of 0, 1, 2, … past the end of its binding, at an index that comes from another. */
async function readPast({ device }: Gpu): Promise<number | undefined> {
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const buffer = (size: number, usage: number) => device.createBuffer({ size, usage });
  const [numbers, at] = [buffer(4096, STORAGE | COPY_DST), buffer(4, STORAGE | COPY_DST)];
  const [output, host] = [buffer(4, STORAGE | COPY_SRC), buffer(4, MAP_READ | COPY_DST)];
  device.queue.writeBuffer(
    numbers,
    0,
    Float32Array.from({ length: 1024 }, (_, i) => i),
  );
  device.queue.writeBuffer(at, 0, Uint32Array.of(500));
  const code = /* wgsl */ `
    @group(0) @binding(0) var<storage, read> numbers: array<f32>;
    @group(0) @binding(1) var<storage, read> at: array<u32>;
    @group(0) @binding(2) var<storage, read_write> output: array<f32>;
    @compute @workgroup_size(1) fn main() { output[0] = numbers[at[0]]; }`;
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const bound = { buffer: numbers, offset: 0, size: 4 * BOUND };
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [bound, { buffer: at }, { buffer: output }].map((resource, binding) => ({
      binding,
      resource,
    })),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(output, 0, host, 0, 4);
  device.queue.submit([encoder.finish()]);
  await host.mapAsync(GPUMapMode.READ);
  return new Float32Array(host.getMappedRange())[0];
}

test('without robustness a device says so wherever results are kept', async () => {
  const [usual, unchecked] = [await opened(), await opened({ disableRobustness: true })];
  expect(usual.adapter).not.toHaveProperty('robustness');
  expect(originOf(usual.adapter)).not.toHaveProperty('robustness');
  const { driver } = usual.adapter;
  const without = { robustness: 'disabled', driver: `${driver}, robustness disabled` };
  expect(unchecked.adapter).toEqual({ ...usual.adapter, ...without });
  expect(originOf(unchecked.adapter)).toMatchObject(without);
  expect(adapterSlug(unchecked.adapter)).toBe(`${adapterSlug(usual.adapter)}-robustness-disabled`);
  const size = { frames: 8, utterances: 1, longest: 8 };
  const key = ({ adapter }: Gpu) => planKey(adapter, tinyModel(), size, 'f32', false);
  expect(key(unchecked)).not.toEqual(key(usual));
});

test('it is off only where the environment asks for it', async () => {
  for (const [value, expected] of [
    ['1', 'disabled'],
    ['0', undefined],
    ['', undefined],
  ] as const) {
    vi.stubEnv('ALSTM_DISABLE_ROBUSTNESS', value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await opened()).adapter.robustness).toBe(expected);
  }
});

test('ordinarily no read leaves its binding', async ({ skip }) => {
  const bounded = await readPast(await opened());
  expect(bounded).toBeLessThan(BOUND);
  const unchecked = await opened({ disableRobustness: true });
  if (unchecked.adapter.kind !== 'swiftshader') skip('the driver has bounds of its own');
  expect(await readPast(unchecked)).toBe(500);
});
