import { messageOf } from '../../core/errors.js';
import { loadBindings } from './bindings.js';
import { withoutLines } from './stderr.js';

/** Dawn's features for a new instance. */
const baseFeatures = ['allow_unsafe_apis'];
/** Dawn disables f16 on NVIDIA's Vulkan driver unless these are set. */
const nvidiaFeatures = ['vulkan_enable_f16_on_nvidia', 'use_vulkan_memory_model'];
/** Shaders then access buffers without bounds: faster, but an index past the end reads or writes anything. */
const uncheckedFeatures = ['disable_robustness'];

/** Kernel timings need exact timestamps. */
function flagsFor(features: readonly string[]): string[] {
  return [
    `enable-dawn-features=${features.join(',')}`,
    'disable-dawn-features=timestamp_quantization',
  ];
}

/** Dawn's message about every adapter that offers more than Dawn uses: not something a user could act on. */
const reducedLimits = /^Warning: max\w+ artificially reduced from \d+ to \d+ /;

/**
 * One instance for each set of drivers and flags, never released: Dawn's bindings abort the process
 * when an instance is collected while one of its devices is alive. Reopening a device then costs 2 ms.
 */
const instances = new Map<string, GPU>();

/** Which adapter, and how its devices run shaders. */
export interface DawnOptions {
  /** Accepts only an adapter with this in its name; default: the fastest. */
  readonly named?: string | undefined;
  /** As in OpenGpuOptions. */
  readonly ownStderr?: boolean | undefined;
  /** Without the checks that keep accesses within a buffer. */
  readonly unchecked?: boolean | undefined;
}

/**
 * An adapter from Dawn's bindings (npm `webgpu`).
 *
 * @param drivers names the Vulkan drivers that the environment selects at this moment
 * @throws BindingsError if the bindings cannot be loaded on this system
 */
export async function requestDawnAdapter(
  drivers: string,
  { named, ownStderr = false, unchecked = false }: DawnOptions = {},
): Promise<GPUAdapter | null> {
  const features = [...baseFeatures, ...(unchecked ? uncheckedFeatures : [])];
  const adapter = await request(drivers, named, flagsFor(features), ownStderr);
  if (adapter?.info.vendor !== 'nvidia' || process.platform !== 'linux') return adapter;
  const flags = flagsFor([...features, ...nvidiaFeatures]);
  return (await request(drivers, named, flags, ownStderr)) ?? adapter;
}

async function request(
  drivers: string,
  named: string | undefined,
  flags: readonly string[],
  ownStderr: boolean,
): Promise<GPUAdapter | null> {
  const all = named === undefined ? flags : [...flags, `adapter=${named}`];
  const key = [drivers, ...all].join('|');
  const known = instances.get(key);
  const instance = known ?? (await loadBindings()).create([...all]);
  instances.set(key, instance);
  // An instance enumerates its adapters, and prints about them, only in the first call.
  const ask = () => instance.requestAdapter({ powerPreference: 'high-performance' });
  try {
    return await (known === undefined && ownStderr ? withoutLines(reducedLimits, ask) : ask());
  } catch (error) {
    // The bindings' message if none has that name.
    if (named !== undefined && messageOf(error).includes('no suitable backends found')) return null;
    throw error;
  }
}
