import type { Gpu } from '../gpu/device.js';
import type { PlanTraits } from '../plan/check.js';

/** The properties of a device that plans depend on. */
export function planTraits({
  adapter,
  limits,
  features,
  subgroupSize,
  subgroupMatrices,
}: Gpu): PlanTraits {
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = limits;
  return {
    software: adapter.software,
    kind: adapter.kind,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
    f16: features.has('shader-f16'),
    ...(features.has('chromium-experimental-subgroup-matrix') && {
      subgroups: { lanes: subgroupSize.max, matrices: subgroupMatrices },
    }),
  };
}
