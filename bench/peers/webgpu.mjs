/** Puts alstm's choice of adapter where libraries for the browser look: `navigator.gpu`. */
import { URL } from 'node:url';

/**
 * @param {string | undefined} adapter as alstm's `--adapter`
 * @returns {Promise<{name: string, driver: string, kind: string, check: () => void}>} what libraries will get; `check`
 *   throws what their devices have reported, as a refused command leaves wrong numbers, and fast ones
 */
export async function provideWebGpu(adapter) {
  const { openAdapter } = await builtModule('platform/node/open-gpu.js');
  const { describeAdapter } = await builtModule('gpu/device.js');
  /** @type {string | undefined} */
  let failure;
  const watch = (device) =>
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      failure ??= event.error.message.trim().split('\n')[0];
    });
  const first = await openAdapter({ adapter });
  let unused = first; // the first to ask gets it: an adapter gives one device only
  const gpu = {
    requestAdapter: async () => {
      const given = unused ?? (await openAdapter({ adapter }));
      unused = undefined;
      const requestDevice = given.requestDevice.bind(given);
      given.requestDevice = async (descriptor) => {
        const device = await requestDevice(descriptor);
        watch(device);
        return device;
      };
      return given;
    },
    getPreferredCanvasFormat: () => 'rgba8unorm',
    wgslLanguageFeatures: new Set(),
  };
  // Node 20 has no navigator, Node 21 one with getters only.
  const navigator = { userAgent: 'node', hardwareConcurrency: 1, language: 'en', gpu };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  const { name, driver, kind } = describeAdapter(first.info);
  const check = () => {
    if (failure !== undefined) throw new Error(`the GPU refused a command: ${failure}`);
  };
  return { name, driver, kind, check };
}

/** @param {string} path in the repository's dist/ */
export async function builtModule(path) {
  try {
    return await import(new URL(`../../dist/${path}`, import.meta.url).href);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      `dist/${path} is missing: run npm ci and npm run build in the repository first`,
      {
        cause: error,
      },
    );
  }
}
