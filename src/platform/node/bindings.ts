import { AdapterError, messageOf } from '../../core/errors.js';
import { codeOf } from './errors.js';

/** The WebGPU bindings cannot be loaded here: no driver would help. */
export class BindingsError extends AdapterError {}

/** The system that loads the bindings. */
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

const reinstall =
  'Reinstall on this machine: remove node_modules, then run npm ci or npm install. A bundler has to keep ' +
  'alstm external (README).';
const newer = 'Use a newer one, such as Debian 12, Ubuntu 22.04 or Fedora 36.';

/**
 * Loads Dawn's bindings and defines WebGPU's constants (GPUBufferUsage, …) globally, as in a browser.
 *
 * @throws BindingsError if they cannot be loaded on this system
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

/** Why the bindings cannot be loaded, and what helps. */
export function bindingsError(cause: unknown, { platform, arch, glibc }: System): BindingsError {
  const said = messageOf(cause).split('\n')[0] ?? '';
  const fail = (problem: string, hint: string) =>
    new BindingsError(`the WebGPU bindings cannot be loaded: ${problem}`, hint, { cause });
  if (!built.includes(`${platform}-${arch}`)) {
    return fail(
      `they are not built for ${platform}-${arch}`,
      'They support Linux with glibc and Windows (x64, arm64) and macOS; alstm/browser runs in any browser.',
    );
  }
  const code = codeOf(cause);
  if (code === 'ERR_MODULE_NOT_FOUND')
    return fail('the npm package webgpu is not installed', reinstall);
  if (code === 'MODULE_NOT_FOUND') return fail(`one of their files is missing: ${said}`, reinstall);
  if (platform === 'linux' && glibc === undefined) {
    return fail(
      'they need glibc, but this system has another C library (such as musl on Alpine)',
      'Use a system with glibc 2.34 or later, such as Debian 12 (image node:20-slim, not node:20-alpine).',
    );
  }
  const [, library = '', version = ''] = /(GLIBC|GLIBCXX)_([\d.]+)' not found/.exec(said) ?? [];
  if (library === 'GLIBC') {
    return fail(`they need glibc ${version}, but this system has ${glibc}`, newer);
  }
  if (library !== '') {
    return fail(`they need a newer libstdc++ than this system has (${library}_${version})`, newer);
  }
  const [, missing] = /^(lib\S+): cannot open shared object file/.exec(said) ?? [];
  if (missing !== undefined) {
    return fail(
      `the library ${missing} is missing`,
      "Install it with the system's package manager.",
    );
  }
  return fail(said, reinstall); // damaged, truncated, or copied from another kind of machine
}

function thisSystem(): System {
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}
