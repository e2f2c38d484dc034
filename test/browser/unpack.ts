import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { readTar } from '../../src/core/tar.js';

const inflate = promisify(brotliDecompress);

export interface Unpacked {
  readonly executable: string;
  /** NSS, NSPR and expat, for systems that have none. */
  readonly libraries: string;
  /** For FONTCONFIG_FILE. */
  readonly fontConfig: string;
}

/**
 * Unpacks Chromium (headless, with SwiftShader and a Vulkan loader beside it) from its npm package into
 * node_modules/.cache, once. Any number of processes may do so at once: a folder is renamed into place
 * whole.
 */
export async function unpackChromium(): Promise<Unpacked> {
  const manifest = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const root = manifest.slice(0, manifest.indexOf(join('@sparticuz', 'chromium')));
  const folder = join(root, '@sparticuz', 'chromium');
  const text = await readFile(join(folder, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const cache = resolve('node_modules', '.cache');
  const target = join(cache, `chromium-${version}`);
  if (!existsSync(target)) {
    const part = join(cache, `${randomUUID()}.part`);
    try {
      await unpackInto(part, join(folder, 'bin'), target);
      await rename(part, target).catch((error: unknown) => {
        if (!existsSync(target)) throw error; // another process was faster
      });
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  return {
    executable: join(target, 'chromium'),
    libraries: join(target, 'lib'),
    fontConfig: join(target, 'fonts.conf'),
  };
}

async function unpackInto(folder: string, packed: string, final: string): Promise<void> {
  const write = async (name: string, bytes: Uint8Array | string) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes, { mode: 0o755 });
  };
  await write('chromium', await inflate(await readFile(join(packed, 'chromium.br'))));
  for (const name of ['swiftshader', 'al2023', 'fonts']) {
    const archive = await readTar(await inflate(await readFile(join(packed, `${name}.tar.br`))));
    for (const [path, bytes] of archive) await write(path, bytes);
  }
  // The package's own speaks of the folders of another system.
  await write('fonts.conf', fontConfigOf(join(final, 'fonts')));
}

function fontConfigOf(fonts: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${fonts}/cache</cachedir></fontconfig>
`;
}
