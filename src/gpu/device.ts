import { AdapterError, DeviceClosedError, DeviceLostError, messageOf } from '../core/errors.js';
import type {
  GPUAdapter,
  GPUAdapterInfo,
  GPUDevice,
  GPUError,
  GPUSupportedLimits,
} from './webgpu.js';

/** What computes: a graphics card, or a program on the CPU (Mesa's lavapipe, Google's SwiftShader, another one). */
export type AdapterKind = 'gpu' | 'lavapipe' | 'swiftshader' | 'software';

export interface AdapterInfo {
  readonly kind: AdapterKind;
  /** The device as its driver calls it, for example `nvidia-h100-pcie` or `swiftshader-device-subzero`. */
  readonly name: string;
  /** `nvidia`, `amd`, `intel`, `apple`, `mesa`, `google`, … */
  readonly vendor: string;
  /** The family of chips, for example `hopper`; empty where unknown. */
  readonly architecture: string;
  /** Driver and its version as one line: together with `name` it says where results came from. */
  readonly driver: string;
  /** It runs on the CPU. */
  readonly software: boolean;
}

/** Optional powers of a device that kernels choose by. */
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

/** The limits that kernels, plans and memory budgets depend on; a device gets the adapter's own maximum of each. */
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

/** Vendors by the number that Vulkan knows them by: wgpu (Deno) gives that in place of the name. */
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

/** The adapter's description of itself; browsers may leave any of it empty, wgpu gives numbers. */
export function describeAdapter(info: GPUAdapterInfo): AdapterInfo {
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
    driver: tidy(info.description),
    software: kind !== 'gpu',
  };
}

export interface SubgroupMatrix {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What Dawn adds to an adapter's description where it has subgroup matrices. */
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

/** What a user can do about a device's failures, in the words of the place where it is used. */
export interface DeviceAdvice {
  /** The adapter gave no device. */
  readonly denied: string;
  readonly lost: string;
  readonly memory: string;
  /** A command of ours was not valid. */
  readonly refused: string;
}

const commandLineAdvice: DeviceAdvice = {
  denied: 'close other programs that use it, update its driver, or choose another with --adapter',
  lost: 'open the device again and go on from the last checkpoint (train --resume)',
  memory:
    'close other programs that use it, take fewer units or shorter recordings, or choose another with --adapter',
  refused: 'this is a defect of alstm: please report it with the output of `alstm doctor`',
};

/** How long a failure that a loss caused may be told before the loss. */
const LOSS_MS = 100;

/** Gives a promise of the device back, and may keep the host from spinning until it settles. */
export type Wait = <T>(promise: Promise<T>) => Promise<T>;

/**
 * A device together with what is known of it. WebGPU reports errors some time after the call that
 * caused them: the first one is kept here, and `check` throws it.
 */
export class Gpu {
  readonly adapter: AdapterInfo;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<GpuFeature>;
  /** Fewest and most lanes of a subgroup; 0 and 0 where the adapter does not say. */
  readonly subgroupSize: { readonly min: number; readonly max: number };
  /** Sizes of subgroup matrices with f16 operands and f32 sums: out m x n, over k. */
  readonly subgroupMatrices: readonly SubgroupMatrix[];
  /** Resolves with the reason when the device is lost (never after `destroy`): open a new one then. */
  readonly lost: Promise<string>;

  #failure: Error | undefined;
  #destroyed = false;

  /**
   * @param wait waits for something that the device has in hand, as the platform does it best
   * @param advice hints of its errors
   */
  constructor(
    readonly device: GPUDevice,
    info: GPUAdapterInfo,
    readonly wait: Wait = (promise) => promise,
    readonly advice = commandLineAdvice,
  ) {
    this.adapter = describeAdapter(info);
    this.limits = device.limits;
    this.features = new Set(wantedFeatures.filter((feature) => device.features.has(feature)));
    this.subgroupSize = { min: info.subgroupMinSize ?? 0, max: info.subgroupMaxSize ?? 0 };
    this.subgroupMatrices = subgroupMatricesOf(info);
    this.lost = this.#watchLoss();
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault(); // no second report on the console
      this.report(event.error);
    });
  }

  /** Takes an error for the device's own, as if no scope had caught it: `check` throws it. */
  report(error: GPUError): void {
    this.#failure ??= deviceFailure(error, this.advice);
  }

  /** `check`, but a loss that is behind a failure is waited for: it may be told a moment later. */
  async checkLoss(): Promise<void> {
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
    this.check();
  }

  /**
   * Throws what the device has reported since it was opened: DeviceLostError once it is lost,
   * DeviceClosedError once it is destroyed, AdapterError for a refused or failed command. Call it after anything was awaited.
   */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Frees the device and everything on it; the process can then end by itself. Twice does no harm. */
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

/** Without a stack: the line of ours that caused it is long gone when WebGPU tells. */
function deviceFailure(error: GPUError, advice: DeviceAdvice): AdapterError {
  const line = error.message.trim().split('\n')[0] ?? '';
  const name = error.constructor.name;
  if (name === 'GPUOutOfMemoryError') {
    return new AdapterError(`the GPU is out of memory: ${line}`, advice.memory, { cause: error });
  }
  return new AdapterError(`the GPU refused a command: ${line}`, advice.refused, { cause: error });
}

/**
 * Opens a device with the adapter's own maxima of `wantedLimits` and those of `wantedFeatures` that
 * it has. An adapter gives one device only: ask for a new adapter to open another.
 *
 * @throws AdapterError where the adapter gives none.
 */
export async function requestDevice(
  adapter: GPUAdapter,
  options: {
    readonly label?: string;
    readonly wait?: Wait | undefined;
    readonly advice?: DeviceAdvice | undefined;
  } = {},
): Promise<Gpu> {
  const { label = 'alstm', wait, advice = commandLineAdvice } = options;
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  try {
    const device = await adapter.requestDevice({
      label,
      requiredFeatures: requiredFeatures as GPUFeatureName[], // Dawn's own are not in the types
      requiredLimits,
    });
    return new Gpu(device, adapter.info, wait, advice);
  } catch (error) {
    throw new AdapterError(
      `${describeAdapter(adapter.info).name} gave no device: ${messageOf(error)}`,
      advice.denied,
      { cause: error },
    );
  }
}
