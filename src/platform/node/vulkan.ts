import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { homeFolder } from './home.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where NVIDIA's container images have a driver description; loaders do not search it by themselves. */
const unsearched = ['/usr/local/nvidia/share/vulkan/icd.d'];

/** The Vulkan drivers installed on this system, as the files that describe them. */
export interface VulkanDrivers {
  /** Those that a loader finds by itself. */
  readonly searched: readonly string[];
  /** Those that must be passed to it (VK_ADD_DRIVER_FILES). */
  readonly added: readonly string[];
}

/**
 * Finds drivers as the Vulkan loader does on Linux (its LoaderDriverInterface document): those named by
 * VK_DRIVER_FILES or VK_ICD_FILENAMES, or else every description in the system's folders.
 * Called before the loader, which would print an error if there are none.
 */
export async function findVulkanDrivers(env: Environment = process.env): Promise<VulkanDrivers> {
  const named = env['VK_DRIVER_FILES'] || env['VK_ICD_FILENAMES'];
  if (named) return { searched: named.split(':').filter(Boolean), added: [] };
  const told = (env['VK_ADD_DRIVER_FILES'] ?? '').split(':').filter(Boolean);
  const home = homeFolder(env);
  const inHome = (...parts: string[]) => (home === undefined ? [] : [join(home, ...parts)]);
  const roots = [
    ...(env['XDG_CONFIG_HOME'] ? [env['XDG_CONFIG_HOME']] : inHome('.config')),
    ...(env['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':'),
    '/etc',
    ...(env['XDG_DATA_HOME'] ? [env['XDG_DATA_HOME']] : inHome('.local', 'share')),
    ...(env['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share').split(':'),
  ];
  const folders = [...new Set(roots)].map((root) => join(root, 'vulkan', 'icd.d'));
  return {
    searched: await descriptions(folders),
    added: [...told, ...(await descriptions(unsearched))],
  };
}

async function descriptions(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []); // a missing folder has none
    found.push(...names.filter((name) => name.endsWith('.json')).map((name) => join(folder, name)));
  }
  return found;
}

/** Environment variables with which the Vulkan loader finds only the driver of this description. */
export function onlyDriver(description: string): Environment {
  return {
    VK_DRIVER_FILES: description,
    VK_ICD_FILENAMES: description, // the name in loaders before 1.3.207
    VK_ADD_DRIVER_FILES: undefined,
    VK_LOADER_DRIVERS_SELECT: undefined,
    VK_LOADER_DRIVERS_DISABLE: undefined,
  };
}

/**
 * Runs `action` with environment variables set (undefined: unset), then restores them. Node passes
 * them to the C environment, where the Vulkan loader reads them when an instance is created.
 */
export async function withEnvironment<T>(
  variables: Environment,
  action: () => Promise<T>,
): Promise<T> {
  const before = Object.fromEntries(Object.keys(variables).map((key) => [key, process.env[key]]));
  setEnvironment(variables);
  try {
    return await action();
  } finally {
    setEnvironment(before);
  }
}

function setEnvironment(variables: Environment): void {
  for (const [key, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  }
}
