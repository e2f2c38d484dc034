import type { TestContext } from 'vitest';
import type { Gpu } from '../../src/gpu/device.js';
import type { GpuFeature } from '../../src/gpu/device.js';

/** Skips a test, and says why, where the adapter lacks a feature. */
export function needs(
  context: Pick<TestContext, 'skip'>,
  { adapter, features }: Pick<Gpu, 'adapter' | 'features'>,
  feature: GpuFeature,
): void {
  if (!features.has(feature)) context.skip(`${adapter.name} has no ${feature}`);
}
