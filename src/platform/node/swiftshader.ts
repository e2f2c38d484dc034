import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { AdapterError, messageOf } from '../../core/errors.js';
import { readTar } from '../../core/tar.js';
import { userCacheFolder } from './cache.js';
import { problemOf } from './errors.js';
import { makeFolders } from './folders.js';
import { ownTemporaryFolder } from './home.js';
import { loadLibrary } from './library.js';
import { ownUnfinishedName, removeAbandoned } from './unfinished.js';

const packageName = '@sparticuz/chromium';
const archivePath = join('bin', 'swiftshader.tar.br');

const driver = 'libvk_swiftshader.so';
const loader = 'libvulkan.so.1';
const description = 'vk_swiftshader_icd.json';
const wanted = [driver, loader, description] as const;
const digestsFile = 'sha256.json';

const installHint =
  'npm install @sparticuz/chromium@147 installs a software adapter (Linux on x64); it is slow: a GPU ' +
  "driver with Vulkan, or Mesa 25's lavapipe, is better";

/** SwiftShader (Vulkan on the CPU) and a Vulkan loader, unpacked and ready to load. */
export interface SwiftShader {
  /** The Vulkan loader's library. */
  readonly loader: string;
  /** The driver's description, for VK_DRIVER_FILES. */
  readonly description: string;
}

interface Package {
  readonly folder: string;
  readonly version: string;
}

/**
 * SwiftShader of the installed npm package, unpacked.
 *
 * @param options cache: folder to unpack it into; default: the user's cache folder
 * @throws AdapterError if it is not installed or cannot be unpacked
 */
export async function packagedSwiftShader(
  options: {
    readonly cache?: string | undefined;
    readonly log?: ((line: string) => void) | undefined;
  } = {},
): Promise<SwiftShader> {
  const found = await findSwiftShader();
  const folders = swiftShaderFolders(options.cache ?? userCacheFolder());
  return unpackSwiftShader(found, folders, options.log);
}

/**
 * The installed npm package that contains SwiftShader, resolved as Node does from `from`.
 *
 * @throws AdapterError if it is not installed, or was built for another platform.
 */
export async function findSwiftShader(
  from: string = import.meta.url,
  host = `${process.platform}-${process.arch}`,
): Promise<Package> {
  if (host !== 'linux-x64') {
    throw new AdapterError(
      `the software adapter SwiftShader is available for linux-x64 only, but this is ${host}`,
      "install a GPU driver, or on Linux Mesa 25's lavapipe",
    );
  }
  for (const modules of createRequire(from).resolve.paths(packageName) ?? []) {
    const folder = join(modules, packageName);
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (manifest === undefined) continue;
    const { version } = JSON.parse(manifest) as { version: string };
    return { folder, version };
  }
  throw new AdapterError(`the npm package ${packageName} is not installed`, installHint);
}

/**
 * Unpacks SwiftShader once into the first of `folders` that is writable and allows execution: a later
 * call finds it there, checks its digests and repairs damaged files. Any number of processes may
 * do so at once, because each complete file is renamed into place and all write the same bytes.
 *
 * @throws AdapterError if the package has no SwiftShader, or no folder is suitable.
 */
export async function unpackSwiftShader(
  found: Package,
  folders: readonly string[],
  log: (line: string) => void = () => {},
): Promise<SwiftShader> {
  const refusals: string[] = [];
  for (const parent of folders) {
    const folder = join(parent, `swiftshader-${found.version}`);
    try {
      if (!(await isIntact(folder))) {
        log(`unpacking SwiftShader into ${folder}`);
        await unpackInto(folder, found);
      }
      // A file system mounted noexec stores the files but does not run them.
      const refusal = loadLibrary(join(folder, driver));
      if (refusal === undefined) {
        return { loader: join(folder, loader), description: join(folder, description) };
      }
      refusals.push(refusal);
    } catch (error) {
      if (error instanceof AdapterError) throw error;
      refusals.push(`${parent}: ${problemOf(error)}`);
    }
  }
  throw new AdapterError(
    `SwiftShader could not be unpacked: ${refusals.join('; ')}`,
    'give a writable folder that allows execution with --cache',
  );
}

/** The user's cache, then a folder of this user's own in the temporary folder. */
export function swiftShaderFolders(cache: string): string[] {
  const temporary = ownTemporaryFolder();
  return temporary === undefined ? [cache] : [cache, temporary];
}

async function isIntact(folder: string): Promise<boolean> {
  try {
    const text = await readFile(join(folder, digestsFile), 'utf8');
    const digests = JSON.parse(text) as Record<string, unknown>;
    for (const name of wanted) {
      if (digests[name] !== sha256(await readFile(join(folder, name)))) return false;
    }
    return true;
  } catch {
    return false; // missing or unreadable: unpacking again says why if it cannot be repaired
  }
}

async function unpackInto(folder: string, found: Package): Promise<void> {
  const files = await readPackage(found);
  await makeFolders({ mkdir, stat }, folder);
  await removeAbandoned({ readdir, rm }, folder);
  const digests: Record<string, string> = {};
  for (const [name, bytes] of files) {
    await writeWhole(join(folder, name), bytes);
    digests[name] = sha256(bytes);
  }
  // Last, so that once the digests exist, all files do.
  await writeWhole(join(folder, digestsFile), JSON.stringify(digests));
}

async function readPackage(found: Package): Promise<Map<string, Uint8Array>> {
  const path = join(found.folder, archivePath);
  const damaged = (why: string, cause?: unknown): AdapterError =>
    new AdapterError(
      `${path}: ${why}`,
      `reinstall ${packageName}@147`,
      cause === undefined ? {} : { cause },
    );
  let archive: Map<string, Uint8Array>;
  try {
    archive = await readTar(await promisify(brotliDecompress)(await readFile(path)));
  } catch (error) {
    throw damaged(messageOf(error), error);
  }
  const files = new Map<string, Uint8Array>();
  for (const name of wanted) {
    const bytes = archive.get(name);
    if (bytes === undefined) throw damaged(`holds no ${name}`);
    files.set(name, bytes);
  }
  return files;
}

async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const part = join(dirname(path), ownUnfinishedName());
  try {
    await writeFile(part, bytes, { flag: 'wx' });
    await chmod(part, 0o755);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
