import { ShaderError, messageOf } from '../core/errors.js';
import {
  activeBindings,
  uniformBinding,
  uniformBytes,
  type Defines,
  type KernelDescriptor,
  type Values,
} from '../kernels/descriptor.js';
import { assembleShader, type ShaderSource } from '../kernels/shader.js';
import type { Gpu } from './device.js';
import type { GPUBindGroupLayout, GPUComputePipeline, GPUDevice } from './webgpu.js';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles each kernel once for every set of defines and override constants. */
export class PipelineCache {
  readonly #pipelines = new Map<string, Promise<Pipeline>>();

  constructor(
    readonly gpu: Gpu,
    readonly source: ShaderSource,
  ) {}

  /** Throws ShaderError with the kernel's name, line and column if the shader does not compile. */
  get(kernel: KernelDescriptor, defines: Defines = {}, constants: Values = {}): Promise<Pipeline> {
    const all = { ...kernel.defines, ...defines };
    const overrides = { ...kernel.constants, ...constants };
    const key = JSON.stringify([kernel.name, sorted(all), sorted(overrides)]);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(kernel, all, overrides);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #compile(kernel: KernelDescriptor, defines: Defines, constants: Values): Promise<Pipeline> {
    const { device } = this.gpu;
    const code = assembleShader(kernel, defines, this.source);
    const layout = bindGroupLayout(device, kernel, defines);
    // errors are read from the module below: within a scope they do not count as the device's
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label: kernel.name, code });
    await device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      const lines = code.split('\n');
      const text = errors.map(
        ({ lineNum, linePos, message }) =>
          `${lineNum}:${linePos} ${message} | ${lines[lineNum - 1]?.trim() ?? ''}`,
      );
      throw new ShaderError(`shaders/${kernel.name}.wgsl does not compile: ${text.join('; ')}`);
    }
    try {
      const compiled = device.createComputePipelineAsync({
        label: kernel.name,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main', constants },
      });
      const pipeline = await this.gpu.wait(compiled);
      return { pipeline, layout };
    } catch (error) {
      throw new ShaderError(`kernel ${kernel.name}: ${messageOf(error)}`, '', { cause: error });
    }
  }
}

function sorted(values: Defines): [string, number | string][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function bindGroupLayout(
  device: GPUDevice,
  kernel: KernelDescriptor,
  defines: Defines,
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label: kernel.name,
    entries: layoutEntries(kernel, defines),
  });
}

/** Bind group layout entries of a kernel under the given defines. @internal */
export function layoutEntries(
  kernel: KernelDescriptor,
  defines: Defines,
): GPUBindGroupLayoutEntry[] {
  const visibility = 4; // GPUShaderStage.COMPUTE, a global that Node does not have
  const entries: GPUBindGroupLayoutEntry[] = activeBindings(kernel, defines).map(
    ({ index, descriptor }) => ({
      binding: index,
      visibility,
      buffer: { type: descriptor.access === 'read' ? 'read-only-storage' : 'storage' },
    }),
  );
  entries.push({
    binding: uniformBinding(kernel),
    visibility,
    buffer: { type: 'uniform', minBindingSize: uniformBytes(kernel) },
  });
  return entries;
}
