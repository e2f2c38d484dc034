import { placeOf } from '../graph/memory.js';
import {
  evaluate,
  type DispatchPass,
  type Program,
  type Scalars,
  type Tensor,
} from '../graph/types.js';
import { activeBindings, uniformBinding, uniformBytes } from '../kernels/descriptor.js';
import { GraphError } from '../core/errors.js';
import { USAGE, type BufferPool } from './buffers.js';
import type { Gpu } from './device.js';
import type { PipelineCache } from './pipelines.js';

/** A dispatch with everything made that it needs on the device. */
interface PreparedDispatch {
  readonly kind: 'dispatch';
  readonly pass: DispatchPass;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** Word of the uniform buffer at which this pass's struct begins. */
  readonly word: number;
  /** Uniform values of the run at hand; workgroups follow from them. */
  readonly values: Record<string, number>;
}

interface PreparedClear {
  readonly kind: 'clear';
  readonly name: string;
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

export type Prepared = PreparedDispatch | PreparedClear;

/** A place that passes are written to: an encoder, and a compute pass opened where it is needed. */
export interface PassSink {
  dispatch(name: string): GPUComputePassEncoder;
  clear(): GPUCommandEncoder;
}

/** A program on a device: buffers, pipelines and bind groups all made. */
export class Executable {
  private constructor(
    readonly gpu: Gpu,
    readonly program: Program,
    readonly prepared: readonly Prepared[],
    readonly buffers: readonly GPUBuffer[],
    readonly uniforms: GPUBuffer,
    private readonly words: ArrayBuffer,
  ) {}

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
    );
    const buffers = pool.forPlan(program.buffers);
    const size = Math.max(1, dispatches.length) * slot;
    const uniforms = gpu.device.createBuffer({
      label: `${program.name} uniforms`,
      size,
      usage: USAGE.UNIFORM | USAGE.COPY_DST,
    });
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
      return { kind: 'dispatch', pass, pipeline, bindGroup, word, values: {} };
    });
    gpu.check();
    return new Executable(gpu, program, prepared, buffers, uniforms, new ArrayBuffer(size));
  }

  /** Buffer and range of a tensor of the program. */
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

  /** Works every uniform out for this run and uploads them all by one write. */
  setScalars(scalars: Scalars): void {
    const asUint = new Uint32Array(this.words);
    const asInt = new Int32Array(this.words);
    const asFloat = new Float32Array(this.words);
    for (const step of this.prepared) {
      if (step.kind === 'clear') continue;
      let word = step.word;
      for (const [name, type] of Object.entries(step.pass.kernel.uniforms)) {
        const value = evaluate(step.pass.uniforms[name] ?? 0, scalars);
        if (value === undefined || Number.isNaN(value)) {
          throw new GraphError(
            `pass ${step.pass.name}: no value for '${name}' (${JSON.stringify(step.pass.uniforms[name])})`,
          );
        }
        (type === 'f32' ? asFloat : type === 'i32' ? asInt : asUint)[word++] = value;
        step.values[name] = value;
      }
    }
    this.gpu.device.queue.writeBuffer(this.uniforms, 0, this.words);
  }

  /** Encodes passes `from` up to `to` with the scalars set last. */
  encode(sink: PassSink, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const step = this.prepared[i] as Prepared;
      if (step.kind === 'clear') {
        sink.clear().clearBuffer(step.buffer, 0, step.bytes);
        continue;
      }
      const [x, y, z] = workgroupsOf(step);
      if (x * y * z === 0) continue;
      const encoder = sink.dispatch(step.pass.name);
      encoder.setPipeline(step.pipeline);
      encoder.setBindGroup(0, step.bindGroup);
      encoder.dispatchWorkgroups(x, y, z);
    }
  }

  /** Floating-point operations of pass `i` with the scalars set last. */
  flops(i: number): number {
    const step = this.prepared[i] as Prepared;
    if (step.kind === 'clear') return 0;
    const groups = workgroupsOf(step);
    if (groups[0] * groups[1] * groups[2] === 0) return 0;
    return step.pass.kernel.flops?.(step.values) ?? 0;
  }

  destroy(): void {
    this.uniforms.destroy();
  }
}

function workgroupsOf({ pass, values }: PreparedDispatch): readonly [number, number, number] {
  return pass.kernel.workgroups(values, pass.constants, pass.defines);
}
