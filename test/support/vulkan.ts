import { dirname } from 'node:path';
import { userCacheFolder } from '../../src/platform/node-cache.js';
import {
  findSwiftShader,
  swiftShaderFolders,
  unpackSwiftShader,
} from '../../src/platform/node-swiftshader.js';

/**
 * Variables under which a program finds a Vulkan driver and no other.
 *
 * @param driver its description
 * @param libraries folders of what it needs to be loaded: a loader, its libraries
 */
export function onlyDriver(driver: string, ...libraries: readonly string[]): NodeJS.ProcessEnv {
  const path = [process.env['LD_LIBRARY_PATH'], ...libraries].filter(Boolean).join(':');
  return {
    VK_DRIVER_FILES: driver,
    VK_ICD_FILENAMES: driver, // what loaders before 1.3.207 call it
    ...(path !== '' && { LD_LIBRARY_PATH: path }),
  };
}

/** SwiftShader of the npm package, and the folder of the Vulkan loader beside it. */
export async function packagedSwiftShader(): Promise<{ driver: string; loader: string }> {
  const folders = swiftShaderFolders(userCacheFolder());
  const { loader, description } = await unpackSwiftShader(await findSwiftShader(), folders);
  return { driver: description, loader: dirname(loader) };
}
