import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Engine } from '../src/gpu/engine.js';
import { type AdapterChoice, openGpu } from '../src/platform/node/open-gpu.js';

/**
 * An engine with the shaders of the current folder, for programs that are compiled elsewhere: run them in the
 * repository's folder.
 *
 * @param cache folder for what can be made again
 */
export async function openWorkingTree(cache: string, adapter?: AdapterChoice): Promise<Engine> {
  const shaders = new Map(
    readdirSync('shaders', { recursive: true, encoding: 'utf8' }).map((name) => [
      basename(name, '.wgsl'),
      join('shaders', name),
    ]),
  );
  return new Engine(await openGpu({ cache, ...(adapter && { adapter }) }), (stem) =>
    readFileSync(shaders.get(stem) ?? stem, 'utf8'),
  );
}
