import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Engine } from '../src/gpu/engine.js';
import type { ShaderSource } from '../src/kernels/shader.js';
import { type AdapterChoice, openGpu } from '../src/platform/node/open-gpu.js';

/** The shaders of the current folder, for programs that are compiled elsewhere: run them in the repository's folder. */
export function workingTreeShaders(): ShaderSource {
  const files = new Map(
    readdirSync('shaders', { recursive: true, encoding: 'utf8' }).map((name) => [
      basename(name, '.wgsl'),
      join('shaders', name),
    ]),
  );
  return (stem) => readFileSync(files.get(stem) ?? stem, 'utf8');
}

/**
 * An engine with those shaders.
 *
 * @param cache folder for what can be made again
 */
export async function openWorkingTree(cache: string, adapter?: AdapterChoice): Promise<Engine> {
  const gpu = await openGpu({ cache, ...(adapter && { adapter }) });
  return new Engine(gpu, workingTreeShaders());
}
