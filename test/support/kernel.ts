import { expect } from 'vitest';
import { Random } from '../../src/core/random.js';
import { relativeError } from '../../src/core/tensor.js';
import { USAGE } from '../../src/gpu/buffers.js';
import { readBuffers } from '../../src/gpu/readback.js';
import type { Gpu } from '../../src/gpu/device.js';
import { PipelineCache } from '../../src/gpu/pipelines.js';
import {
  activeBindings,
  scalarOf,
  uniformBinding,
  uniformBytes,
  type Defines,
  type KernelDescriptor,
  type Values,
} from '../../src/kernels/descriptor.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { packHalves, unpackHalves } from './half.js';

type Data = Float32Array | Uint32Array | Int32Array;

const SENTINEL = 0xdeadbeef;
const SENTINELS = 64;
/** What an overwritten output holds before: a kernel that leaves an element out is found out. */
export const POISON = 1e30;

const caches = new WeakMap<Gpu, PipelineCache>();

export interface KernelRun {
  readonly uniforms: Values;
  /**
   * Contents by binding; for an output that is overwritten its length alone. Floats become f16 where
   * the binding holds it (an even number of them).
   */
  readonly buffers: Readonly<Record<string, Data | number>>;
  readonly defines?: Defines;
  readonly constants?: Values;
  /** Of a shader that is not in the package. */
  readonly source?: ShaderSource | undefined;
}

/**
 * One dispatch of a kernel. Gives the contents of its read_write bindings, after checking that the
 * words past each one's end are untouched (the bindings include them, so a stray write would land).
 */
export async function runKernel(
  gpu: Gpu,
  kernel: KernelDescriptor,
  { uniforms, buffers, defines = {}, constants = {}, source = nodeShaders }: KernelRun,
): Promise<Record<string, Float32Array>> {
  const known = source === nodeShaders ? caches.get(gpu) : undefined;
  const cache = known ?? new PipelineCache(gpu, source);
  if (source === nodeShaders) caches.set(gpu, cache);
  const { pipeline, layout } = await cache.get(kernel, defines, constants);
  const { device } = gpu;
  const all = { ...kernel.defines, ...defines };
  const bound = activeBindings(kernel, all).map(({ name, index, descriptor }) => {
    const given = buffers[name];
    if (given === undefined) throw new Error(`no buffer for ${name}`);
    const values = typeof given === 'number' ? new Float32Array(given).fill(POISON) : given;
    const half = scalarOf(descriptor.type, all) === 'f16';
    const data = half ? packHalves(values) : values;
    const size = Math.ceil((data.byteLength + SENTINELS * 4) / 16) * 16;
    const buffer = device.createBuffer({
      label: name,
      size,
      usage: USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST,
    });
    const words = new Uint32Array(size / 4).fill(SENTINEL);
    words.set(new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4));
    device.queue.writeBuffer(buffer, 0, words);
    return {
      name,
      index,
      buffer,
      size,
      words: data.byteLength / 4,
      half,
      written: descriptor.access !== 'read',
    };
  });
  const words = new ArrayBuffer(uniformBytes(kernel));
  Object.entries(kernel.uniforms).forEach(([name, type], i) => {
    const value = uniforms[name];
    if (value === undefined) throw new Error(`no value for uniform ${name}`);
    (type === 'f32' ? new Float32Array(words) : new Uint32Array(words))[i] = value;
  });
  const uniform = device.createBuffer({
    size: words.byteLength,
    usage: USAGE.UNIFORM | USAGE.COPY_DST,
  });
  device.queue.writeBuffer(uniform, 0, words);
  const bindGroup = device.createBindGroup({
    layout,
    entries: [
      ...bound.map(({ index, buffer }) => ({ binding: index, resource: { buffer } })),
      { binding: uniformBinding(kernel), resource: { buffer: uniform } },
    ],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(
    ...kernel.workgroups(uniforms, { ...kernel.constants, ...constants }, all),
  );
  pass.end();
  device.queue.submit([encoder.finish()]);
  const outputs = bound.filter(({ written }) => written);
  const read = await readBuffers(
    gpu,
    outputs.map(({ buffer, size }) => ({ buffer, bytes: size })),
  );
  const results: Record<string, Float32Array> = {};
  outputs.forEach(({ name, words, half }, i) => {
    const contents = read[i] ?? new ArrayBuffer(0);
    const after = new Uint32Array(contents).subarray(words);
    expect(
      after.findIndex((word) => word !== SENTINEL),
      `${kernel.name} wrote past the end of ${name}`,
    ).toBe(-1);
    const own = contents.slice(0, words * 4);
    results[name] = half ? unpackHalves(new Uint16Array(own)) : new Float32Array(own);
  });
  bound.forEach(({ buffer }) => buffer.destroy());
  uniform.destroy();
  return results;
}

/** Random numbers and shapes for kernel tests, the same in every run. */
export class Draw {
  readonly random: Random;

  constructor(name: string) {
    this.random = new Random(1, name);
  }

  /** A whole number in low…high. */
  size(low: number, high: number): number {
    return low + this.random.integer(high - low + 1);
  }

  /** A multiple of four up to 4 * most. */
  fours(most: number): number {
    return 4 * this.size(1, most);
  }

  /** Normal values. */
  values(count: number, scale = 1): Float32Array {
    return Float32Array.from({ length: count }, () => scale * this.random.normal());
  }

  /** Utterances of 1 to `longest` frames, longest first, as the kernels read them. */
  utterances(rows: number, longest: number) {
    const lengths = Array.from({ length: rows }, () => this.size(1, longest)).sort((a, b) => b - a);
    return layUtterances(lengths);
  }
}

/** Ranges and positions of utterances whose frames stand one after the other. */
export function layUtterances(lengths: readonly number[]) {
  const frames = lengths.reduce((a, b) => a + b, 0);
  const sequences = new Uint32Array(lengths.length * 2);
  const positions = new Uint32Array(frames * 4);
  let frame = 0;
  lengths.forEach((length, row) => {
    sequences.set([frame, length], row * 2);
    for (let t = 0; t < length; t++, frame++)
      positions.set([100 + 7 * row, t, length, row], frame * 4);
  });
  return { lengths, frames, sequences, positions };
}

/** ||got - expected|| / max(||expected||, 1e-6) must stay below the tolerance. */
export function expectClose(
  got: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  expect(got?.length, `${what} length`).toBe(expected.length);
  expect(relativeError(got ?? [], expected), what).toBeLessThan(tolerance);
}
