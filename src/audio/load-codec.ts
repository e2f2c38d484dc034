import { CodecError, messageOf } from '../core/errors.js';

/** A module with only a memory of 16 MiB, about what a decoder needs. */
const probe = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0, 0x80, 2);

/** A package that an install may leave out, and what asks for it. */
export interface Optional {
  readonly npm: string;
  readonly recording: string;
}

/**
 * Loads a package on demand, because they are large.
 *
 * @param name for errors: `the WAV decoder`
 * @param optional where an install may leave it out
 * @throws CodecError if it cannot be loaded
 */
export async function loadPackage<T>(
  name: string,
  load: () => Promise<T>,
  optional?: Optional,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (optional !== undefined && (error as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND') {
      throw new CodecError(
        `${optional.recording}: ${name} is not installed`,
        `\`npm install ${optional.npm}\` installs it, or convert the recording with \`ffmpeg -i IN OUT.wav\`.`,
        { cause: error },
      );
    }
    throw new CodecError(
      `${name} could not be loaded: ${messageOf(error).split('\n')[0]}`,
      inPage()
        ? 'Check the connection and reload the page; if that does not help, the server lacks one of its files.'
        : 'Reinstall alstm (`npm ci` in a clone).',
      { cause: error },
    );
  }
}

/**
 * `loadPackage` for one that uses WebAssembly. Emscripten packages never settle if
 * their module cannot be compiled or gets no memory, so this checks that they can start.
 *
 * @throws CodecError if it cannot be loaded, or there is no WebAssembly
 */
export async function loadCodec<T>(
  name: string,
  load: () => Promise<T>,
  optional?: Optional,
): Promise<T> {
  const codec = await loadPackage(name, load, optional);
  await checkWebAssembly(name);
  return codec;
}

async function checkWebAssembly(name: string): Promise<void> {
  // Some browsers disable it in their strictest security modes.
  if ((globalThis as { WebAssembly?: unknown }).WebAssembly === undefined) {
    throw new CodecError(
      `${name} needs WebAssembly, which is disabled or missing here`,
      "Enable it in the browser's settings, or give WAV or FLAC files, which do not need it.",
    );
  }
  try {
    await WebAssembly.instantiate(probe);
  } catch (error) {
    // A valid module that does not compile was forbidden; anything else is a lack of memory.
    if (error instanceof RangeError) {
      throw new CodecError(
        `${name} gets no memory for its WebAssembly: ${messageOf(error)}`,
        'Close other tabs and programs, or give shorter recordings.',
        { cause: error },
      );
    }
    throw new CodecError(
      `${name} needs WebAssembly, which cannot be compiled here: ${messageOf(error).split('\n')[0]}`,
      "If the page's Content-Security-Policy forbids it, add 'wasm-unsafe-eval' to script-src (or default-src).",
      { cause: error },
    );
  }
}

/** Whether this is a page or its worker, not Node. */
function inPage(): boolean {
  return 'location' in globalThis;
}
