import type { ShaderSource } from '../kernels/shader.js';
import type { Gpu } from './device.js';
import { PipelineCache } from './pipelines.js';

/** A device and its compiled pipelines, shared by sessions for training and inference. */
export class Engine {
  readonly pipelines: PipelineCache;

  constructor(
    readonly gpu: Gpu,
    shaders: ShaderSource,
  ) {
    this.pipelines = new PipelineCache(gpu, shaders);
  }

  /** Frees the device and everything that sessions created on it. */
  close(): void {
    this.gpu.destroy();
  }
}
