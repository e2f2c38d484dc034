import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, ShaderError } from '../../core/errors.js';
import { Engine } from '../../gpu/engine.js';
import type { ShaderSource } from '../../kernels/shader.js';
import { openGpu, type OpenGpuOptions } from './open-gpu.js';

/** `shaders/` is next to `src/` and `dist/`, in the repository and in the package. */
export const SHADER_FOLDER = fileURLToPath(new URL('../../../shaders/', import.meta.url));

/** Paths of the shaders by stem, found once. */
let paths: ReadonlyMap<string, string> | undefined;

function pathsByStem(): ReadonlyMap<string, string> {
  const names = readdirSync(SHADER_FOLDER, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.wgsl'))
      .map((name) => [basename(name, '.wgsl'), join(SHADER_FOLDER, name)]),
  );
}

/** Reads shaders from disk. */
export const nodeShaders: ShaderSource = (stem) => {
  try {
    paths ??= pathsByStem();
    const path = paths.get(stem);
    if (path === undefined) throw new Error(`there is no ${stem}.wgsl in ${SHADER_FOLDER}`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ShaderError(`cannot read shader ${stem}: ${messageOf(error)}`, 'Reinstall alstm.', {
      cause: error,
    });
  }
};

/**
 * Opens a device in Node, with the shaders of this package. Close it, or the process may not exit.
 *
 * @example
 * const engine = await openEngine({ adapter: 'swiftshader' });
 * console.log(engine.gpu.adapter.name);
 * engine.close();
 */
export async function openEngine(options: OpenGpuOptions = {}): Promise<Engine> {
  return new Engine(await openGpu(options), nodeShaders);
}
