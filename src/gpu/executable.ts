import { placeOf } from '../graph/memory.js';
import {
  evaluate,
  type DispatchPass,
  type Program,
  type Quantity,
  type Scalars,
  type Tensor,
} from '../graph/types.js';
import {
  activeBindings,
  uniformBinding,
  uniformBytes,
  type UniformType,
  type Workgroups,
} from '../kernels/descriptor.js';
import { GraphError } from '../core/errors.js';
import { USAGE, type BufferPool } from './buffers.js';
import type { Gpu } from './device.js';
import { allocating } from './memory.js';
import type { PipelineCache } from './pipelines.js';
import type {
  GPUBindGroup,
  GPUBuffer,
  GPUCommandEncoder,
  GPUComputePassEncoder,
  GPUComputePipeline,
} from './webgpu.js';

/** A dispatch with everything it needs on the device. */
interface PreparedDispatch {
  readonly kind: 'dispatch';
  readonly pass: DispatchPass;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** Uniform values of the current run; workgroups and operations follow from them. */
  readonly values: Record<string, number>;
  /** The uniforms that change between runs. */
  readonly varying: readonly VaryingUniform[];
  workgroups: Workgroups;
  flops: number;
}

interface VaryingUniform {
  readonly name: string;
  readonly type: UniformType;
  readonly word: number;
  readonly quantity: Quantity;
}

interface PreparedClear {
  readonly kind: 'clear';
  readonly name: string;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

export type Prepared = PreparedDispatch | PreparedClear;

/** Destination of passes: an encoder, and a compute pass that is opened when needed. */
export interface PassSink {
  dispatch(name: string): GPUComputePassEncoder;
  clear(): GPUCommandEncoder;
}

/** A program on a device, with its buffers, pipelines and bind groups. */
export class Executable {
  private constructor(
    readonly gpu: Gpu,
    readonly program: Program,
    readonly prepared: readonly Prepared[],
    readonly buffers: readonly GPUBuffer[],
    readonly uniforms: GPUBuffer,
    private readonly words: UniformWords,
  ) {}

  /**
   * @throws MemoryRefusal if the device has no memory for it; AdapterError if it had none for the
   *   pool's named buffers; ShaderError; DeviceLostError
   */
  static async create(
    gpu: Gpu,
    pipelines: PipelineCache,
    pool: BufferPool,
    program: Program,
  ): Promise<Executable> {
    const slot = gpu.limits.minUniformBufferOffsetAlignment;
    const dispatches = program.passes.filter((pass) => pass.kind === 'dispatch');
    const compiled = await Promise.all(
      dispatches.map((pass) => pipelines.get(pass.kernel, pass.defines, pass.constants)),
    ).catch(async (error: unknown) => {
      await gpu.checkLoss(); // nothing compiles on a lost device
      throw error;
    });
    await pool.settled();
    const size = Math.max(1, dispatches.length) * slot;
    const label = `${program.name} uniforms`;
    const uniforms = await allocating(gpu, label, (create) =>
      create({ label, size, usage: USAGE.UNIFORM | USAGE.COPY_DST }),
    );
    const buffers = await pool.forPlan(program).catch((error: unknown) => {
      uniforms.destroy();
      throw error;
    });
    const words = new UniformWords(size);
    let index = 0;
    const prepared = program.passes.map((pass): Prepared => {
      if (pass.kind === 'clear') {
        const place = placeOf(program, pass.tensor);
        const buffer = buffers[place.buffer] as GPUBuffer;
        return { kind: 'clear', name: pass.name, buffer, bytes: place.bytes };
      }
      const { pipeline, layout } = compiled[index] as Awaited<ReturnType<PipelineCache['get']>>;
      const entries: GPUBindGroupEntry[] = activeBindings(pass.kernel, pass.defines).map(
        (binding) => {
          const place = placeOf(program, pass.bindings[binding.name] as Tensor);
          const buffer = buffers[place.buffer] as GPUBuffer;
          const resource = { buffer, offset: place.offset, size: Math.max(16, place.bytes) };
          return { binding: binding.index, resource };
        },
      );
      entries.push({
        binding: uniformBinding(pass.kernel),
        resource: { buffer: uniforms, offset: index * slot, size: uniformBytes(pass.kernel) },
      });
      const bindGroup = gpu.device.createBindGroup({ label: pass.name, layout, entries });
      const word = (index++ * slot) / 4;
      return prepare(pass, pipeline, bindGroup, words, word);
    });
    gpu.check();
    return new Executable(gpu, program, prepared, buffers, uniforms, words);
  }

  /** Buffer, offset and size of a tensor of the program. */
  range(name: string): { buffer: GPUBuffer; offset: number; bytes: number } {
    const place = this.program.places.get(name);
    if (!place) throw new GraphError(`program ${this.program.name} has no tensor '${name}'`);
    return {
      buffer: this.buffers[place.buffer] as GPUBuffer,
      offset: place.offset,
      bytes: place.bytes,
    };
  }

  /** Writes an input tensor's first elements. */
  write(name: string, data: Float32Array | Int32Array | Uint32Array): void {
    const { buffer, bytes } = this.range(name);
    if (data.byteLength > bytes) {
      throw new GraphError(`tensor '${name}' holds ${bytes} bytes, ${data.byteLength} were given`);
    }
    this.gpu.device.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Writes an input tensor's first elements if the program has it. */
  writeInput(name: string, data: Float32Array | Int32Array | Uint32Array): void {
    if (this.program.places.has(name)) this.write(name, data);
  }

  /** Computes the uniforms that depend on the run, and uploads all in one write. */
  setScalars(scalars: Scalars): void {
    for (const step of this.prepared) {
      if (step.kind === 'clear') continue;
      let changed = false;
      for (const { name, type, word, quantity } of step.varying) {
        const value = evaluate(quantity, scalars);
        if (value === undefined || Number.isNaN(value)) throw noValue(step.pass, name);
        if (step.values[name] === value) continue;
        this.words.set(word, type, value);
        step.values[name] = value;
        changed = true;
      }
      if (changed) settle(step);
    }
    this.gpu.device.queue.writeBuffer(this.uniforms, 0, this.words.buffer);
  }

  /** Encodes passes `from` up to `to` with the latest scalars. */
  encode(sink: PassSink, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const step = this.prepared[i] as Prepared;
      if (step.kind === 'clear') {
        sink.clear().clearBuffer(step.buffer, 0, step.bytes);
        continue;
      }
      const [x, y, z] = step.workgroups;
      if (x * y * z === 0) continue;
      const encoder = sink.dispatch(step.pass.name);
      encoder.setPipeline(step.pipeline);
      encoder.setBindGroup(0, step.bindGroup);
      encoder.dispatchWorkgroups(x, y, z);
    }
  }

  /** Floating-point operations of pass `i` with the latest scalars. */
  flops(i: number): number {
    const step = this.prepared[i] as Prepared;
    return step.kind === 'clear' ? 0 : step.flops;
  }

  destroy(): void {
    this.uniforms.destroy();
  }
}

/** Uniform structs of a program in upload layout. */
class UniformWords {
  readonly buffer: ArrayBuffer;
  readonly #views: { readonly [T in UniformType]: Float32Array | Int32Array | Uint32Array };

  constructor(bytes: number) {
    this.buffer = new ArrayBuffer(bytes);
    this.#views = {
      f32: new Float32Array(this.buffer),
      i32: new Int32Array(this.buffer),
      u32: new Uint32Array(this.buffer),
    };
  }

  set(word: number, type: UniformType, value: number): void {
    this.#views[type][word] = value;
  }
}

/** Writes the uniforms that are the same in every run; `setScalars` writes the others. */
function prepare(
  pass: DispatchPass,
  pipeline: GPUComputePipeline,
  bindGroup: GPUBindGroup,
  words: UniformWords,
  first: number,
): PreparedDispatch {
  const values: Record<string, number> = {};
  const varying: VaryingUniform[] = [];
  Object.entries(pass.kernel.uniforms).forEach(([name, type], i) => {
    const quantity = pass.uniforms[name];
    if (quantity === undefined) throw noValue(pass, name);
    const word = first + i;
    if (typeof quantity === 'number') {
      values[name] = quantity;
      words.set(word, type, quantity);
    } else varying.push({ name, type, word, quantity });
  });
  const step = { kind: 'dispatch', pass, pipeline, bindGroup, values, varying } as const;
  const prepared: PreparedDispatch = { ...step, workgroups: [0, 0, 0], flops: 0 };
  if (varying.length === 0) settle(prepared);
  return prepared;
}

/** Computes workgroups and operations from a dispatch's uniforms. */
function settle(step: PreparedDispatch): void {
  const { pass, values } = step;
  step.workgroups = pass.kernel.workgroups(values, pass.constants, pass.defines);
  const [x, y, z] = step.workgroups;
  step.flops = x * y * z === 0 ? 0 : (pass.kernel.flops?.(values) ?? 0);
}

function noValue(pass: DispatchPass, name: string): GraphError {
  const quantity = JSON.stringify(pass.uniforms[name]);
  return new GraphError(`pass ${pass.name}: no value for '${name}' (${quantity})`);
}
