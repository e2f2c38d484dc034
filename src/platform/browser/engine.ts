import { AdapterError, messageOf, ShaderError } from '../../core/errors.js';
import { describeAdapter, requestDevice, type DeviceAdvice } from '../../gpu/device.js';
import { Engine } from '../../gpu/engine.js';
import type { GPU, GPUAdapter, GPUPowerPreference } from '../../gpu/webgpu.js';
import type { ShaderSource } from '../../kernels/shader.js';
import { shaders } from './shaders.js';

/** Which GPU of the browser to open, and what to tell of it. */
export interface BrowserEngineOptions {
  /** Which GPU to use if there are two. Default: the fast one. */
  readonly powerPreference?: GPUPowerPreference | undefined;
  /** Called with one line that names the adapter, and one if it is slow. */
  readonly log?: ((line: string) => void) | undefined;
  /** Default: the browser's. */
  readonly gpu?: Pick<GPU, 'requestAdapter'> | undefined;
}

/**
 * Reads the shaders from the bundle.
 *
 * @example
 * const adapter = await navigator.gpu.requestAdapter();
 * const device = await adapter!.requestDevice();
 * console.log(bundledShaders('softmax').length);
 */
export const bundledShaders: ShaderSource = (stem) => {
  const text = shaders[stem];
  if (text === undefined) throw new ShaderError(`there is no shader ${stem}`, 'Rebuild alstm.');
  return text;
};

/** Limits that the kernels need: WebGPU's default limits, which its compatibility mode lacks. */
const leastLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
} as const satisfies Partial<Record<keyof GPUSupportedLimits, number>>;

const pageAdvice: DeviceAdvice = {
  denied:
    'Close other tabs and programs that use the GPU, reload the page, or restart the browser.',
  lost: 'Open the engine again (or reload the page) and resume: training continues from the last checkpoint.',
  memory:
    'Close other tabs and programs that use the GPU, or use fewer units or shorter recordings.',
  refused: 'This is a bug in alstm: please report it with the names of the browser and the GPU.',
};

const denoAdvice: DeviceAdvice = {
  denied: 'Close other programs that use the GPU, or update its driver.',
  lost: 'Open the engine again and resume: training continues from the last checkpoint.',
  memory: 'Close other programs that use the GPU, or use fewer units or shorter recordings.',
  refused:
    'This is a bug in alstm: please report it with the version of Deno and the name of the GPU.',
};

/** Where the program runs, and what to do there if there is no GPU. */
interface Place {
  readonly name: string;
  /** Hint if there is no WebGPU at all. */
  readonly without: string;
  /** Hint if there is WebGPU, but no adapter. */
  readonly none: string;
  readonly advice: DeviceAdvice;
}

function placeOf(globals: {
  readonly Deno?: unknown;
  readonly Bun?: unknown;
  readonly isSecureContext?: boolean;
}): Place {
  if (globals.Deno !== undefined) {
    return {
      name: 'Deno',
      without: 'Start it with WebGPU: deno run --unstable-webgpu …',
      none: "Install the GPU's current driver. On Linux that is a Vulkan driver and the loader libvulkan1; Mesa's lavapipe (mesa-vulkan-drivers) computes without a GPU.",
      advice: denoAdvice,
    };
  }
  return {
    name: globals.Bun !== undefined ? 'Bun' : 'the browser',
    without:
      globals.Bun !== undefined
        ? "Bun has none: use openEngine from 'alstm' there, or Deno."
        : globals.isSecureContext === false
          ? 'Browsers offer it only to secure pages: open the page over https or from localhost.'
          : 'Use a current Chrome or Edge (113 or later), Firefox (141) or Safari (26), and enable WebGPU if it is off.',
    none: "Enable hardware acceleration in the browser's settings, update the GPU's driver, or restart the browser if the GPU was lost before.",
    advice: pageAdvice,
  };
}

/**
 * Opens a device in a browser, in a page or a worker, or in Deno, with the shaders of this bundle. Close it
 * when it is no longer needed.
 *
 * @example
 * const engine = await openBrowserEngine({ powerPreference: 'low-power' });
 * console.log(engine.gpu.adapter.name);
 * engine.close();
 *
 * @throws AdapterError if the browser has no WebGPU, or no adapter that is large enough; its hint says
 *   what the user can do
 */
export async function openBrowserEngine(options: BrowserEngineOptions = {}): Promise<Engine> {
  const { powerPreference = 'high-performance', log } = options;
  const place = placeOf(globalThis);
  const gpu = options.gpu ?? gpuOf(place);
  const adapter = await requestAdapter(gpu, place, powerPreference);
  const { name, software } = describeAdapter(adapter.info);
  for (const [limit, least] of Object.entries(leastLimits)) {
    const own = adapter.limits[limit as keyof typeof leastLimits];
    if (own >= least) continue;
    throw new AdapterError(
      `${name} is too small: its ${limit} is ${own}, but ${least} is needed`,
      'Use a newer GPU or its current driver; most GPUs of the last ten years are large enough.',
    );
  }
  const device = await requestDevice(adapter, { advice: place.advice });
  log?.(`computing on ${name}`);
  if (software) log?.(`${name} runs on the CPU, not on a GPU: slow`);
  return new Engine(device, bundledShaders);
}

function gpuOf({ name, without }: Place): Pick<GPU, 'requestAdapter'> {
  const { navigator } = globalThis as { navigator?: Partial<Pick<Navigator, 'gpu'>> };
  if (navigator?.gpu !== undefined) return navigator.gpu;
  const here = name === 'the browser' ? 'this browser' : name;
  throw new AdapterError(`${here} has no WebGPU here`, without);
}

/** Whether the browser has provided an adapter to this page or worker before. */
let hadAdapter = false;
/** How long to wait for an adapter that was there before: Firefox has none until it notices that its GPU process ended. */
const RETURN_MS = 3000;
const POLL_MS = 50;

async function requestAdapter(
  gpu: Pick<GPU, 'requestAdapter'>,
  { name, none, advice }: Place,
  powerPreference: GPUPowerPreference,
): Promise<GPUAdapter> {
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference });
    for (let waited = 0; adapter === null && hadAdapter && waited < RETURN_MS; waited += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      adapter = await gpu.requestAdapter({ powerPreference });
    }
  } catch (error) {
    throw new AdapterError(`${name} provides no GPU: ${messageOf(error)}`, advice.denied, {
      cause: error,
    });
  }
  if (adapter !== null) {
    hadAdapter = true;
    return adapter;
  }
  throw new AdapterError(`${name} has WebGPU, but no usable GPU`, none);
}
