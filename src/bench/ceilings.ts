import { BufferPool, USAGE } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import type { Gpu } from '../gpu/device.js';
import { scalarsFor, timePass } from './passes.js';
import { forwardProgram, productPlan, type SessionSettings } from './sessions.js';
import { ordinary, type BenchShape, type Precision } from './shape.js';
import { timeBlocks, timeOnce } from './timing.js';
import { passWork } from '../cost/pass-work.js';

/** Maximum rates of an adapter measured in this run, with which a step's time is compared. */
export interface Ceilings {
  readonly precision: Precision;
  /** Square matmul with the project's own kernel: its size, and the fastest block's rate. */
  readonly productSize: number;
  readonly productGflops: number;
  /** Bytes read and written per second: the faster of a buffer copy and a kernel that copies vec4s. */
  readonly copyBytes: number;
  readonly copyGBPerSecond: number;
  readonly kernelCopyGBPerSecond: number;
  readonly bufferCopyGBPerSecond: number;
}

/** A network whose input layer is a square matmul over as many frames as it has features. */
function productShape(size: number, precision: Precision): BenchShape {
  return {
    ...ordinary,
    features: size,
    frontendUnits: size,
    batch: size,
    frames: 1,
    units: 4,
    headHidden: 0,
    heads: { emotion: 4 },
    pooling: 'mean',
    cell: 'lstm',
    period: 1,
    bidirectional: false,
    precision,
  };
}

/** Measures for about `seconds` each; frees everything on the adapter. */
export async function measureCeilings(
  engine: Engine,
  precision: Precision,
  seconds: number,
  settings: SessionSettings,
): Promise<Ceilings> {
  const { software } = engine.gpu.adapter;
  const productSize = software ? 512 : 4096;
  const copyBytes = Math.min(
    software ? 2 ** 26 : 2 ** 28,
    2 ** Math.floor(Math.log2(engine.gpu.limits.maxStorageBufferBindingSize)),
  );
  const productGflops = await product(engine, productSize, precision, seconds, settings);
  const copies = await copy(engine.gpu, copyBytes, seconds);
  return {
    precision,
    productSize,
    productGflops,
    copyBytes,
    copyGBPerSecond: Math.max(copies.kernel, copies.buffer),
    kernelCopyGBPerSecond: copies.kernel,
    bufferCopyGBPerSecond: copies.buffer,
  };
}

/** GFLOP/s of the largest matmul in an inference that consists of little else. */
async function product(
  engine: Engine,
  size: number,
  precision: Precision,
  seconds: number,
  settings: SessionSettings,
): Promise<number> {
  const shape = productShape(size, precision);
  const { gpu, pipelines } = engine;
  const plan = await productPlan(engine, shape, settings);
  const capacity = { frames: size, utterances: size, longest: 1 };
  const program = forwardProgram(shape, plan, capacity);
  const pool = new BufferPool(gpu);
  const executable = await Executable.create(gpu, pipelines, pool, program);
  try {
    executable.setScalars(scalarsFor(program, capacity));
    const work = passWork(program, capacity);
    const flop = Math.max(...work.map((pass) => pass.flop));
    const name = work.find((pass) => pass.flop === flop)?.name;
    const index = program.passes.findIndex((pass) => pass.name === name);
    fillWithNoise(gpu, executable, 'features', size * size);
    fillWithNoise(gpu, executable, 'parameters', size * size);
    const { fastest } = await timePass(gpu, executable, index, seconds);
    return flop / fastest / 1e6;
  } finally {
    executable.destroy();
    pool.destroy();
  }
}

/** Realistic values: a processor may be faster on zeros. */
function fillWithNoise(gpu: Gpu, executable: Executable, name: string, count: number): void {
  const { buffer, offset, bytes } = executable.range(name);
  const wanted = Math.min(bytes, count * 4);
  const piece = Float32Array.from({ length: Math.min(wanted / 4, 2 ** 18) }, (_, i) => Math.sin(i));
  for (let at = 0; at < wanted; at += piece.byteLength) {
    const length = Math.min(piece.byteLength, wanted - at);
    gpu.device.queue.writeBuffer(buffer, offset + at, piece, 0, length / 4);
  }
}

const LANES = 256;

/** GB/s read and written together. */
async function copy(gpu: Gpu, bytes: number, seconds: number) {
  const { device } = gpu;
  const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
  const source = device.createBuffer({ label: 'copied', size: bytes, usage });
  const target = device.createBuffer({ label: 'copy', size: bytes, usage });
  const rate = async (run: (times: number) => Promise<void>): Promise<number> => {
    await run(1);
    const { fastest } = await timeBlocks(run, await timeOnce(() => run(1)), seconds);
    return (2 * bytes) / fastest / 1e6;
  };
  try {
    const buffer = await rate(async (times) => {
      const encoder = device.createCommandEncoder();
      for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(source, 0, target, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await gpu.wait(device.queue.onSubmittedWorkDone());
      gpu.check();
    });
    return { buffer, kernel: await rate(await copyKernel(gpu, source, target)) };
  } finally {
    source.destroy();
    target.destroy();
  }
}

async function copyKernel(gpu: Gpu, source: GPUBuffer, target: GPUBuffer) {
  const { device } = gpu;
  const count = source.size / 16;
  const columns = Math.min(count / LANES, gpu.limits.maxComputeWorkgroupsPerDimension);
  const rows = Math.ceil(count / LANES / columns);
  const code = /* wgsl */ `
    @group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
    @group(0) @binding(1) var<storage, read_write> copy: array<vec4<f32>>;
    @compute @workgroup_size(${LANES}) fn main(
        @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
      let i = (group.y * ${columns}u + group.x) * ${LANES}u + lane;
      if (i < ${count}u) { copy[i] = source[i]; }
    }`;
  const module = device.createShaderModule({ label: 'copy', code });
  const compiled = device.createComputePipelineAsync({
    label: 'copy',
    layout: 'auto',
    compute: { module, entryPoint: 'main' },
  });
  const pipeline = await gpu.wait(compiled);
  const entries = [source, target].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  return async (times: number): Promise<void> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(columns, rows);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await gpu.wait(device.queue.onSubmittedWorkDone());
    gpu.check();
  };
}
