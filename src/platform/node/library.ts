import { constants } from 'node:os';
import { messageOf } from '../../core/errors.js';

/** RTLD_NODELETE of glibc and musl: closing the library keeps it loaded. Node has no such constant. */
const noDelete = 0x1000;

const noModule = /did not self-register|symbol 'napi_register_module_v1' not found/;

/**
 * Loads a shared library for the life of the process, so that a later `dlopen` of its soname
 * (Dawn asks for `libvulkan.so.1`) finds it without a search path: LD_LIBRARY_PATH is read
 * only when a process starts. Node then closes a library without a Node module and throws an error,
 * Bun in other words: that error means success.
 *
 * @returns undefined, or why the library cannot be loaded.
 */
export function loadLibrary(path: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | noDelete);
  } catch (error) {
    const message = messageOf(error);
    return noModule.test(message) ? undefined : message;
  }
  return undefined;
}
