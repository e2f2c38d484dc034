import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { testGpu } from './gpu.js';

let shared: Promise<Engine> | undefined;

/** One engine for all tests of a file, on the adapter that tests run on. */
export function testEngine(): Promise<Engine> {
  shared ??= testGpu().then((gpu) => new Engine(gpu, nodeShaders));
  return shared;
}
