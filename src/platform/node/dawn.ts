import { messageOf } from '../../core/errors.js';
import { loadBindings } from './bindings.js';
import { withoutLines } from './stderr.js';

/** What Dawn is told when an instance is made; kernel timings need exact timestamps. */
const baseFlags = [
  'enable-dawn-features=allow_unsafe_apis',
  'disable-dawn-features=timestamp_quantization',
];

/** What Dawn writes of every adapter that offers more than Dawn uses: nothing that a user could act on. */
const reducedLimits = /^Warning: max\w+ artificially reduced from \d+ to \d+ /;

/** Dawn switches f16 off on NVIDIA unless told so, for its Vulkan driver only. */
const nvidiaFlags = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,use_vulkan_memory_model',
  'disable-dawn-features=timestamp_quantization',
];

/**
 * One instance for each set of drivers and flags, never let go: Dawn's bindings abort the process
 * when an instance is collected while a device of it lives. A device opened again costs 2 ms so.
 */
const instances = new Map<string, GPU>();

/**
 * An adapter from Dawn's bindings (npm `webgpu`).
 *
 * @param drivers names the Vulkan drivers that the environment selects at this moment
 * @param named takes the adapter with this in its name only; else the fastest there is
 * @param ownStderr as OpenGpuOptions has it
 * @throws BindingsError where the bindings do not load on this system
 */
export async function requestDawnAdapter(
  drivers: string,
  named?: string,
  ownStderr = false,
): Promise<GPUAdapter | null> {
  const adapter = await request(drivers, named, baseFlags, ownStderr);
  if (adapter?.info.vendor !== 'nvidia' || process.platform !== 'linux') return adapter;
  return (await request(drivers, named, nvidiaFlags, ownStderr)) ?? adapter;
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
  // An instance looks at its adapters, and writes of them, within the first call alone.
  const ask = () => instance.requestAdapter({ powerPreference: 'high-performance' });
  try {
    return await (known === undefined && ownStderr ? withoutLines(reducedLimits, ask) : ask());
  } catch (error) {
    // How the bindings say that none has that name.
    if (named !== undefined && messageOf(error).includes('no suitable backends found')) return null;
    throw error;
  }
}
