import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf, ShaderError } from '../core/errors.js';
import { Engine } from '../gpu/engine.js';
import type { ShaderSource } from '../kernels/shader.js';
import { openGpu, type OpenGpuOptions } from './node.js';

/** `shaders/` lies beside `src/` and `dist/`, in the repository and in the package. */
export const SHADER_FOLDER = fileURLToPath(new URL('../../shaders/', import.meta.url));

/** Reads shaders from disk. */
export const nodeShaders: ShaderSource = (path) => {
  try {
    return readFileSync(`${SHADER_FOLDER}${path}.wgsl`, 'utf8');
  } catch (error) {
    throw new ShaderError(`cannot read shader ${path}: ${messageOf(error)}`, 'install alstm anew', {
      cause: error,
    });
  }
};

/** Opens a device in Node, with the shaders of this package. Close it, or the process may not end. */
export async function openEngine(options: OpenGpuOptions = {}): Promise<Engine> {
  return new Engine(await openGpu(options), nodeShaders);
}
