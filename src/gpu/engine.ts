import type { ShaderSource } from '../kernels/shader.js';
import type { Gpu } from './device.js';
import { PipelineCache } from './pipelines.js';

/** A device and the pipelines compiled on it: what sessions of training and inference share. */
export class Engine {
  readonly pipelines: PipelineCache;

  constructor(
    readonly gpu: Gpu,
    shaders: ShaderSource,
  ) {
    this.pipelines = new PipelineCache(gpu, shaders);
  }

  /** Frees the device and all that sessions made on it. */
  close(): void {
    this.gpu.destroy();
  }
}
