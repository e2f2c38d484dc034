import { adapterChoices } from '../../core/choices.js';
import { AdapterError } from '../../core/errors.js';
import { type AdapterKind, describeAdapter, type Gpu, requestDevice } from '../../gpu/device.js';
import { loadBindings } from './bindings.js';
import type { GPUAdapter } from '../../gpu/webgpu.js';
import { requestDawnAdapter } from './dawn.js';
import { napWhile } from './nap.js';
import { loadLibrary } from './library.js';
import { packagedSwiftShader, type SwiftShader } from './swiftshader.js';
import { findVulkanDrivers, onlyDriver, withEnvironment } from './vulkan.js';

export { adapterChoices };
/**
 * A kind of adapter that one can ask for.
 *
 * @example
 * const adapter: AdapterChoice = 'gpu';
 * const alstm = await open('runs/first', { adapter });
 */
export type AdapterChoice = (typeof adapterChoices)[number];

/** Which adapter to open, and what to tell of it. */
export interface OpenGpuOptions {
  /** Default: a GPU, else lavapipe, else SwiftShader from its npm package, else any other adapter. */
  readonly adapter?: AdapterChoice | undefined;
  /** Folder to unpack SwiftShader into; default: the user's cache folder. */
  readonly cache?: string | undefined;
  /** Called with one line for each slow step. */
  readonly log?: ((line: string) => void) | undefined;
  /**
   * This program owns its standard error, and no other thread opens a file now: messages of the native code
   * about reduced limits may be dropped (Linux). Default: false.
   */
  readonly ownStderr?: boolean | undefined;
  /**
   * Without the checks that keep shaders within their buffers (Dawn's `disable_robustness`): for measurements.
   * What is computed names it, see AdapterInfo. Default: where ALSTM_DISABLE_ROBUSTNESS is 1.
   */
  readonly disableRobustness?: boolean | undefined;
}

function isUnchecked({ disableRobustness }: OpenGpuOptions): boolean {
  return disableRobustness ?? process.env['ALSTM_DISABLE_ROBUSTNESS'] === '1';
}

/** Drivers are chosen by process-wide environment variables: one at a time. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Opens a WebGPU device in Node. May be called any number of times, also after `destroy` or a loss;
 * destroy every device you open, or the process may not exit.
 *
 * @throws AdapterError if there is no such adapter; its hint says what to install.
 */
export function openGpu(options: OpenGpuOptions = {}): Promise<Gpu> {
  return inTurn(async () => {
    const adapter = await chooseAdapter(options);
    const { software } = describeAdapter(adapter.info);
    const robustness = isUnchecked(options) ? 'disabled' : undefined;
    return requestDevice(adapter, { wait: software ? napWhile : undefined, robustness });
  });
}

/**
 * The adapter that `openGpu` would open, for other WebGPU programs in the same process: they create
 * the device themselves, one per adapter. WebGPU's constants are in `globalThis` afterwards. Shaders are always
 * kept within their buffers.
 *
 * @throws AdapterError if there is no such adapter; its hint says what to install.
 */
export function openAdapter(options: OpenGpuOptions = {}): Promise<GPUAdapter> {
  return inTurn(() => chooseAdapter({ ...options, disableRobustness: false }));
}

function inTurn<T>(open: () => Promise<T>): Promise<T> {
  const opened = turn.then(open);
  turn = opened.catch(() => undefined); // the caller gets the failure; the next call tries again
  return opened;
}

/** Where to look for an adapter, and which kinds to accept there. */
interface Attempt {
  readonly look: (options: OpenGpuOptions) => Promise<GPUAdapter | null>;
  readonly take: readonly AdapterKind[];
}

const system: Attempt['look'] = (options) => requestSystemAdapter(options);
const systemLavapipe: Attempt['look'] = (options) => requestSystemAdapter(options, 'llvmpipe');
const systemSwiftShader: Attempt['look'] = (options) =>
  requestSystemAdapter(options, 'SwiftShader');

const attempts: Record<AdapterChoice | 'best', readonly Attempt[]> = {
  gpu: [{ look: system, take: ['gpu'] }],
  lavapipe: [{ look: systemLavapipe, take: ['lavapipe'] }],
  swiftshader: [
    { look: requestPackagedAdapter, take: ['swiftshader'] },
    { look: systemSwiftShader, take: ['swiftshader'] },
  ],
  best: [
    { look: system, take: ['gpu', 'lavapipe'] },
    { look: systemLavapipe, take: ['lavapipe'] },
    { look: requestPackagedAdapter, take: ['swiftshader'] },
    { look: system, take: ['swiftshader', 'software'] },
  ],
};

async function chooseAdapter(options: OpenGpuOptions): Promise<GPUAdapter> {
  await loadBindings(); // without them there are no adapters
  const reasons = new Set<string>();
  for (const { look, take } of attempts[options.adapter ?? 'best']) {
    try {
      const adapter = await look(options);
      if (adapter === null) reasons.add('no driver offers one that WebGPU can use');
      else {
        const { kind, name } = describeAdapter(adapter.info);
        if (take.includes(kind)) return adapter;
        reasons.add(`the best adapter of the system is ${name} (${kind})`);
      }
    } catch (error) {
      // Why this attempt found none; the next may find one.
      if (!(error instanceof AdapterError)) throw error;
      reasons.add(error.message);
    }
  }
  throw new AdapterError(
    `no ${nameOf(options.adapter)} found: ${[...reasons].join('; ')}`,
    adviceFor(options.adapter),
  );
}

/** The fastest adapter of the system's own drivers, or the one with `named` in its name. */
async function requestSystemAdapter(
  options: OpenGpuOptions,
  named?: string,
): Promise<GPUAdapter | null> {
  const { ownStderr } = options;
  const unchecked = isUnchecked(options);
  if (process.platform !== 'linux') return requestDawnAdapter('system', { named, unchecked });
  const { searched, added } = await findVulkanDrivers();
  const drivers = [...searched, ...added].join(':');
  if (drivers === '') throw new AdapterError('no Vulkan driver is installed on this system');
  await loadVulkan(() => packagedSwiftShader(options));
  const variables = added.length === 0 ? {} : { VK_ADD_DRIVER_FILES: added.join(':') };
  return withEnvironment(variables, () =>
    requestDawnAdapter(drivers, { named, ownStderr, unchecked }),
  );
}

/** SwiftShader from its npm package, with the system's Vulkan loader or else the package's own. */
async function requestPackagedAdapter(options: OpenGpuOptions): Promise<GPUAdapter | null> {
  const swiftShader = await packagedSwiftShader(options);
  await loadVulkan(() => Promise.resolve(swiftShader));
  const { description } = swiftShader;
  const unchecked = isUnchecked(options);
  return withEnvironment(onlyDriver(description), () =>
    requestDawnAdapter(description, { unchecked }),
  );
}

/** Loads the Vulkan loader so that Dawn finds it: the system's, else the one packed with SwiftShader. */
async function loadVulkan(packaged: () => Promise<SwiftShader>): Promise<void> {
  const missing = loadLibrary('libvulkan.so.1');
  if (missing === undefined) return;
  const refusal = loadLibrary((await packaged()).loader);
  if (refusal !== undefined) {
    throw new AdapterError(`the Vulkan loader cannot be loaded: ${missing}; ${refusal}`);
  }
}

function nameOf(choice: AdapterChoice | undefined): string {
  if (choice === 'gpu') return 'GPU';
  return choice === undefined ? 'WebGPU adapter' : `${choice} adapter`;
}

/** What to install. */
function adviceFor(choice: AdapterChoice | undefined): string {
  const gpu = 'a GPU driver with Vulkan 1.1 or later (and the loader: libvulkan1)';
  const lavapipe =
    'Mesa 25 or later with libvulkan1 (Debian 12: apt install -t bookworm-backports mesa-vulkan-drivers)';
  const swiftshader = 'npm install @sparticuz/chromium@147 (x64 Linux)';
  if (process.platform !== 'linux') {
    return choice === undefined || choice === 'gpu'
      ? "install the GPU's current driver"
      : 'drop --adapter: software adapters are for Linux only';
  }
  const advice = { gpu, lavapipe, swiftshader };
  if (choice === 'swiftshader') return swiftshader;
  if (choice !== undefined) return `install ${advice[choice]}`;
  return `install one of: ${gpu}; lavapipe, which is slower: ${lavapipe}; SwiftShader, the slowest: ${swiftshader}`;
}
