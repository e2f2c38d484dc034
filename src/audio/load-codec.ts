import { CodecError, messageOf } from '../core/errors.js';

/** A module with a memory of 16 MiB, about what a decoder needs, and nothing else. */
const probe = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0, 0x80, 2);

/**
 * Loads a package when it is needed: they are large.
 *
 * @param name what it is, for errors: `the WAV decoder`
 * @throws CodecError where it cannot be loaded
 */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new CodecError(
      `${name} could not be loaded: ${messageOf(error).split('\n')[0]}`,
      inPage()
        ? 'Check the connection and load the page again; if that does not help, its server lacks one of its files.'
        : 'Install alstm again (`npm ci` in a clone).',
      { cause: error },
    );
  }
}

/**
 * `loadPackage` for one that computes in WebAssembly. Packages made by Emscripten never settle where
 * their module cannot be compiled or gets no memory: what this gives can be started.
 *
 * @throws CodecError where it cannot be loaded, or there is no WebAssembly for it
 */
export async function loadCodec<T>(name: string, load: () => Promise<T>): Promise<T> {
  const codec = await loadPackage(name, load);
  await checkWebAssembly(name);
  return codec;
}

async function checkWebAssembly(name: string): Promise<void> {
  // Some browsers switch it off where they are told to be very careful.
  if ((globalThis as { WebAssembly?: unknown }).WebAssembly === undefined) {
    throw new CodecError(
      `${name} needs WebAssembly, which is switched off or missing here`,
      'Switch it on in the settings of the browser, or give WAV or FLAC files, which need none.',
    );
  }
  try {
    await WebAssembly.instantiate(probe);
  } catch (error) {
    // A module that is valid and not compiled was forbidden; anything else is a lack of memory.
    if (error instanceof RangeError) {
      throw new CodecError(
        `${name} gets no memory for its WebAssembly: ${messageOf(error)}`,
        'Close other tabs and programs, or give shorter recordings.',
        { cause: error },
      );
    }
    throw new CodecError(
      `${name} needs WebAssembly, which may not be compiled here: ${messageOf(error).split('\n')[0]}`,
      "Where a page forbids it by its Content-Security-Policy, add 'wasm-unsafe-eval' to its script-src (or its default-src).",
      { cause: error },
    );
  }
}

/** A page or a worker of one, not Node. */
function inPage(): boolean {
  return 'location' in globalThis;
}
