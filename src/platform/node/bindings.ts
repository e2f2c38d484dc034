import { AdapterError, messageOf } from '../../core/errors.js';
import { codeOf } from './errors.js';

/** The WebGPU bindings do not load here: no driver would help. */
export class BindingsError extends AdapterError {}

/** Where the bindings are tried. */
export interface System {
  readonly platform: string;
  readonly arch: string;
  /** Version of glibc; undefined on Linux: another C library, such as musl. */
  readonly glibc: string | undefined;
}

/** What the bindings (npm webgpu) are built for: platform and architecture. */
const built: readonly string[] = [
  'linux-x64',
  'linux-arm64',
  'win32-x64',
  'win32-arm64',
  'darwin-x64',
  'darwin-arm64',
];

const anew =
  'Install again on this machine: remove node_modules, then npm ci or npm install. A bundler has to leave ' +
  'alstm external (README).';
const newer = 'Use a newer one, such as Debian 12, Ubuntu 22.04 or Fedora 36.';

/**
 * Loads Dawn's bindings and puts WebGPU's constants (GPUBufferUsage, …) where a browser has them.
 *
 * @throws BindingsError where they do not load on this system
 */
export async function loadBindings(): Promise<typeof import('webgpu')> {
  try {
    const bindings = await import('webgpu');
    for (const [name, value] of Object.entries(bindings.globals)) {
      if (!(name in globalThis)) Object.assign(globalThis, { [name]: value as unknown });
    }
    return bindings;
  } catch (error) {
    throw bindingsError(error, thisSystem());
  }
}

/** Why the bindings do not load, and what helps. */
export function bindingsError(cause: unknown, { platform, arch, glibc }: System): BindingsError {
  const said = messageOf(cause).split('\n')[0] ?? '';
  const fail = (problem: string, hint: string) =>
    new BindingsError(`the WebGPU bindings do not load: ${problem}`, hint, { cause });
  if (!built.includes(`${platform}-${arch}`)) {
    return fail(
      `they are not built for ${platform}-${arch}`,
      'They are for Linux with glibc and Windows (x64, arm64) and for macOS; a browser runs alstm/browser anywhere.',
    );
  }
  const code = codeOf(cause);
  if (code === 'ERR_MODULE_NOT_FOUND') return fail('the npm package webgpu is not there', anew);
  if (code === 'MODULE_NOT_FOUND') return fail(`a file of them is missing: ${said}`, anew);
  if (platform === 'linux' && glibc === undefined) {
    return fail(
      'they need glibc, and this system has another C library (musl, as Alpine has)',
      'Use a system with glibc 2.34 or later, such as Debian 12 (image node:20-slim, not node:20-alpine).',
    );
  }
  const [, library = '', version = ''] = /(GLIBC|GLIBCXX)_([\d.]+)' not found/.exec(said) ?? [];
  if (library === 'GLIBC') {
    return fail(`they need glibc ${version}, and this system has ${glibc}`, newer);
  }
  if (library !== '') {
    return fail(`they need a newer libstdc++ than this system has (${library}_${version})`, newer);
  }
  const [, missing] = /^(lib\S+): cannot open shared object file/.exec(said) ?? [];
  if (missing !== undefined) {
    return fail(`the library ${missing} is missing`, "Install it by the system's package manager.");
  }
  return fail(said, anew); // damaged, cut off, or copied from another kind of machine
}

function thisSystem(): System {
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}
