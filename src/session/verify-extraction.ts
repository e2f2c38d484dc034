import type { SafetensorsFile } from '../core/safetensors.js';
import { verifyFeatureFixture } from '../features/verify.js';
import type { Engine } from '../gpu/engine.js';
import { ExtractionSession } from './extraction-session.js';
import type { Comparison } from './verify.js';

/**
 * Computes the raw features of a fixture on a device and compares them, as verifyFeatureFixture.
 *
 * @example
 * const file = readSafetensors(await files.read('prosody36.safetensors'));
 * const { tensor, error, tolerance } = await verifyExtraction(engine, file);
 * console.log(tensor, error <= tolerance);
 *
 * @returns the worst deviation relative to its tolerance
 * @throws as verifyFeatureFixture; UsageError for a feature set without kernels
 */
export function verifyExtraction(
  engine: Engine,
  file: SafetensorsFile,
  name?: string,
): Promise<Comparison> {
  return verifyFeatureFixture(file, name, async (set, samples) => {
    const session = new ExtractionSession(engine, set);
    try {
      const [features] = await session.extract([samples]);
      return features as Float32Array;
    } finally {
      session.destroy();
    }
  });
}
