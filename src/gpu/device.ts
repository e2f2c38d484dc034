import { AdapterError, DeviceClosedError, DeviceLostError, messageOf } from '../core/errors.js';
import type {
  GPUAdapter,
  GPUAdapterInfo,
  GPUDevice,
  GPUError,
  GPUSupportedLimits,
} from './webgpu.js';

/** Kind of adapter: a graphics card, or software on the CPU (Mesa's lavapipe, Google's SwiftShader, another one). */
export type AdapterKind = 'gpu' | 'lavapipe' | 'swiftshader' | 'software';

/** The adapter that a device is of, and whether it computes on the CPU. */
export interface AdapterInfo {
  readonly kind: AdapterKind;
  /** The device's name in its driver, for example `nvidia-h100-pcie` or `swiftshader-device-subzero`. */
  readonly name: string;
  /** `nvidia`, `amd`, `intel`, `apple`, `mesa`, `google`, … */
  readonly vendor: string;
  /** The chip family, for example `hopper`; empty if unknown. */
  readonly architecture: string;
  /** Driver and version in one line: with `name` it identifies where results came from. */
  readonly driver: string;
  /** Whether it runs on the CPU. */
  readonly software: boolean;
  /** Present where shaders run without the checks that keep them within their buffers; `driver` says so too. */
  readonly robustness?: 'disabled' | undefined;
}

/** Optional features of a device that affect the choice of kernels. */
export type GpuFeature =
  | 'timestamp-query'
  | 'shader-f16'
  | 'subgroups'
  // experimental in Dawn; behind its allow_unsafe_apis
  | 'chromium-experimental-subgroup-matrix';

const wantedFeatures: readonly GpuFeature[] = [
  'timestamp-query',
  'shader-f16',
  'subgroups',
  'chromium-experimental-subgroup-matrix',
];

/** The limits that kernels, plans and memory budgets depend on; a device gets the adapter's maximum of each. */
export const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxUniformBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxDynamicUniformBuffersPerPipelineLayout',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Vendors by their Vulkan number: wgpu (Deno) gives that instead of the name. */
const vendors: Readonly<Record<string, string>> = {
  [0x10de]: 'nvidia',
  [0x1002]: 'amd',
  [0x106b]: 'apple',
  [0x8086]: 'intel',
  [0x13b5]: 'arm',
  [0x5143]: 'qualcomm',
  [0x1ae0]: 'google',
  [0x10005]: 'mesa',
};

/** The adapter's own description; browsers may leave any field empty, wgpu gives numbers. */
export function describeAdapter(
  info: GPUAdapterInfo,
  robustness?: AdapterInfo['robustness'],
): AdapterInfo {
  const told =
    `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  const kind = kindOf(told, info.isFallbackAdapter);
  const tidy = (text: string): string => text.trim().replace(/-+$/, '');
  const device = /^\d*$/.test(info.device) ? '' : tidy(info.device);
  return {
    kind,
    name: device || tidy(info.description) || tidy(info.architecture) || kind,
    vendor: vendors[info.vendor] ?? info.vendor,
    architecture: info.architecture,
    driver: tidy(info.description) + (robustness ? `, robustness ${robustness}` : ''),
    software: kind !== 'gpu',
    ...(robustness && { robustness }),
  };
}

/** A size of matrices that subgroups of this device multiply: [m, k] by [k, n]. */
export interface SubgroupMatrix {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What Dawn adds to the description of an adapter with subgroup matrices. */
interface SubgroupMatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

function subgroupMatricesOf(info: GPUAdapterInfo): SubgroupMatrix[] {
  const { subgroupMatrixConfigs: all = [] } = info as GPUAdapterInfo & {
    readonly subgroupMatrixConfigs?: readonly SubgroupMatrixConfig[];
  };
  return all
    .filter((own) => own.componentType === 'f16' && own.resultComponentType === 'f32')
    .map(({ M, N, K }) => ({ m: M, n: N, k: K }));
}

function kindOf(told: string, fallback: boolean): AdapterKind {
  if (told.includes('swiftshader')) return 'swiftshader';
  if (told.includes('llvmpipe') || told.includes('lavapipe')) return 'lavapipe';
  return fallback ? 'software' : 'gpu';
}

/** Hints for a device's failures, specific to the platform. */
export interface DeviceAdvice {
  /** The adapter did not provide a device. */
  readonly denied: string;
  readonly lost: string;
  readonly memory: string;
  /** One of our commands was not valid. */
  readonly refused: string;
}

const commandLineAdvice: DeviceAdvice = {
  denied: 'close other programs that use it, update its driver, or choose another with --adapter',
  lost: 'open the device again and resume from the last checkpoint (train --resume)',
  memory:
    'close other programs that use it, use fewer units or shorter recordings, or choose another with --adapter',
  refused: 'this is a bug in alstm: please report it with the output of `alstm doctor`',
};

/** How long before a loss a failure caused by it may be reported. */
const LOSS_MS = 100;

/** Awaits a promise of the device, and may keep the host from spinning until it settles. */
export type Wait = <T>(promise: Promise<T>) => Promise<T>;

/**
 * A device with its description. WebGPU reports errors some time after the call that
 * caused them: the first one is kept here, and `check` throws it.
 *
 * @example
 * const engine = await openEngine();
 * const { adapter, features }: Gpu = engine.gpu;
 * console.log(adapter.name, features.has('shader-f16'));
 */
export class Gpu {
  readonly adapter: AdapterInfo;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<GpuFeature>;
  /** Fewest and most lanes of a subgroup; 0 and 0 if the adapter does not say. */
  readonly subgroupSize: { readonly min: number; readonly max: number };
  /** Sizes of subgroup matrices with f16 operands and f32 sums: out m x n, over k. */
  readonly subgroupMatrices: readonly SubgroupMatrix[];
  /** Resolves with the reason when the device is lost (never after `destroy`): open a new one then. */
  readonly lost: Promise<string>;

  #failure: Error | undefined;
  #destroyed = false;

  /**
   * @param wait the platform's best way to wait for pending work of the device
   * @param advice hints of its errors
   * @param robustness `disabled` where the device was opened so
   */
  constructor(
    readonly device: GPUDevice,
    info: GPUAdapterInfo,
    readonly wait: Wait = (promise) => promise,
    readonly advice = commandLineAdvice,
    robustness?: AdapterInfo['robustness'],
  ) {
    this.adapter = describeAdapter(info, robustness);
    this.limits = device.limits;
    this.features = new Set(wantedFeatures.filter((feature) => device.features.has(feature)));
    this.subgroupSize = { min: info.subgroupMinSize ?? 0, max: info.subgroupMaxSize ?? 0 };
    this.subgroupMatrices = subgroupMatricesOf(info);
    this.lost = this.#watchLoss();
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault(); // not also reported on the console
      this.report(event.error);
    });
  }

  /** Treats an error as the device's own, as if no scope had caught it: `check` throws it. */
  report(error: GPUError): void {
    this.#failure ??= deviceFailure(error, this.advice);
  }

  /** `check`, but waits for a loss that may have caused a failure: it may be reported a moment later. */
  async checkLoss(): Promise<void> {
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
    this.check();
  }

  /**
   * Throws the first error that the device has reported: DeviceLostError once it is lost,
   * DeviceClosedError once it is destroyed, AdapterError for a refused or failed command. Call it after every await.
   */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Frees the device and everything on it, so that the process can exit. May be called twice. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#failure ??= new DeviceClosedError('the GPU device was closed', 'open a new one');
    this.device.destroy();
  }

  #watchLoss(): Promise<string> {
    return new Promise((resolve) => {
      void this.device.lost.then((info) => {
        if (this.#destroyed) return;
        const reason = info.message.trim().split('\n')[0] || info.reason;
        this.#failure = new DeviceLostError(`the GPU device was lost: ${reason}`, this.advice.lost);
        resolve(reason);
      });
    });
  }
}

/** Without a stack: when WebGPU reports an error, the line that caused it is long past. */
function deviceFailure(error: GPUError, advice: DeviceAdvice): AdapterError {
  const line = error.message.trim().split('\n')[0] ?? '';
  const name = error.constructor.name;
  if (name === 'GPUOutOfMemoryError') {
    return new AdapterError(`the GPU is out of memory: ${line}`, advice.memory, { cause: error });
  }
  return new AdapterError(`the GPU refused a command: ${line}`, advice.refused, { cause: error });
}

/**
 * Opens a device with the adapter's maxima of `wantedLimits` and those of `wantedFeatures` that
 * it has. An adapter provides only one device: request a new adapter to open another.
 *
 * @throws AdapterError if the adapter provides none.
 */
export async function requestDevice(
  adapter: GPUAdapter,
  options: {
    readonly label?: string;
    readonly wait?: Wait | undefined;
    readonly advice?: DeviceAdvice | undefined;
    readonly robustness?: AdapterInfo['robustness'] | undefined;
  } = {},
): Promise<Gpu> {
  const { label = 'alstm', wait, advice = commandLineAdvice, robustness } = options;
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  try {
    const device = await adapter.requestDevice({
      label,
      requiredFeatures: requiredFeatures as GPUFeatureName[], // Dawn's own are not in the types
      requiredLimits,
    });
    return new Gpu(device, adapter.info, wait, advice, robustness);
  } catch (error) {
    throw new AdapterError(
      `${describeAdapter(adapter.info).name} did not provide a device: ${messageOf(error)}`,
      advice.denied,
      { cause: error },
    );
  }
}
