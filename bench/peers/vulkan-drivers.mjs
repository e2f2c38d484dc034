/** For native libraries that open WebGPU themselves: lets the Vulkan loader see one adapter's driver only. */
import process from 'node:process';
import { builtModule, provideWebGpu } from './webgpu.mjs';

/**
 * @param {string | undefined} adapter as alstm's `--adapter`
 * @returns {Promise<{name: string, driver: string}>} the adapter that is left to find
 */
export async function leaveOneDriver(adapter) {
  const { name, driver, kind } = await provideWebGpu(adapter); // loads the Vulkan loader too
  if (process.platform !== 'linux') return { name, driver };
  const drivers = kind === 'swiftshader' ? await swiftShader() : await systemDrivers(kind);
  if (drivers.length === 0) throw new Error(`which Vulkan driver gives ${name} is not known`);
  const list = drivers.join(':');
  Object.assign(process.env, { VK_DRIVER_FILES: list, VK_ICD_FILENAMES: list });
  delete process.env.VK_ADD_DRIVER_FILES;
  return { name, driver };
}

/** @param {string} kind */
async function systemDrivers(kind) {
  const { findVulkanDrivers } = await builtModule('platform/node/vulkan.js');
  const { searched, added } = await findVulkanDrivers();
  const software = /lvp|lavapipe|swiftshader/i;
  return [...searched, ...added].filter((file) => software.test(file) === (kind !== 'gpu'));
}

async function swiftShader() {
  const { findSwiftShader, swiftShaderFolders, unpackSwiftShader } = await builtModule(
    'platform/node/swiftshader.js',
  );
  const { userCacheFolder } = await builtModule('platform/node/cache.js');
  const folders = await swiftShaderFolders(userCacheFolder());
  return [(await unpackSwiftShader(await findSwiftShader(), folders)).description];
}
