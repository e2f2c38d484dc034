import { onlyDriver } from '../../src/platform/node/vulkan.js';

/**
 * Variables under which a program that is started finds a Vulkan driver and no other.
 *
 * @param libraries folders of what the driver needs to be loaded: a loader, its libraries
 */
export function driverEnvironment(
  description: string,
  ...libraries: readonly string[]
): NodeJS.ProcessEnv {
  const path = [process.env['LD_LIBRARY_PATH'], ...libraries].filter(Boolean).join(':');
  return { ...onlyDriver(description), ...(path !== '' && { LD_LIBRARY_PATH: path }) };
}
