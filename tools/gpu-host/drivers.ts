/** Where containers hide NVIDIA's Vulkan driver: environments to try until an adapter is found. */
import { existsSync, writeFileSync } from 'node:fs';

export interface Drivers {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The description that NVIDIA's images have where loaders do not look. */
const packed = '/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json';
/** The libraries that hold the driver: the first needs no display. */
const libraries = ['libEGL_nvidia.so.0', 'libGLX_nvidia.so.0'];

/** @param folder for descriptions that are made here */
export function fallbacks(folder: string): Drivers[] {
  const described = libraries.map((library) => {
    const path = `${folder}/${library.replace(/\..*/, '')}.json`;
    const ICD = { library_path: library, api_version: '1.4.312' };
    writeFileSync(path, JSON.stringify({ file_format_version: '1.0.1', ICD }));
    return { name: library, path };
  });
  const known = existsSync(packed) ? [{ name: packed, path: packed }] : [];
  return [...known, ...described].map(({ name, path }) => ({
    name,
    environment: {
      VK_DRIVER_FILES: path,
      VK_ICD_FILENAMES: path,
      VK_LOADER_DEBUG: 'error,driver',
    },
  }));
}
