import type { ShaderSource } from '../kernels/shader.js';
import type { Gpu } from './device.js';
import { PipelineCache } from './pipelines.js';

/**
 * A device and its compiled pipelines, shared by sessions for training and inference.
 *
 * @example
 * const engine = await openEngine();
 * console.log(engine.gpu.adapter.name);
 * const predictor = await Predictor.load(engine, files, 'runs/first');
 * engine.close();
 */
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
