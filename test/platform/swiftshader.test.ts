import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AdapterError } from '../../src/core/errors.js';
import {
  findSwiftShader,
  swiftShaderFolders,
  unpackSwiftShader,
} from '../../src/platform/node/swiftshader.js';
import { installRooms, runModule, temporaryFolder } from '../support/process.js';

const here = `${process.platform}-${process.arch}`;
const unpacked = [
  'libvk_swiftshader.so',
  'libvulkan.so.1',
  'sha256.json',
  'vk_swiftshader_icd.json',
];

describe.skipIf(here !== 'linux-x64')('unpacking SwiftShader', () => {
  async function unpackInto(...folders: string[]): Promise<string> {
    const lines: string[] = [];
    const found = await findSwiftShader();
    const { description } = await unpackSwiftShader(found, folders, (line) => lines.push(line));
    expect(lines.length).toBeLessThanOrEqual(folders.length);
    return join(description, '..');
  }

  test('into an empty cache, once', async () => {
    const cache = join(await temporaryFolder(), 'not', 'yet', 'there');
    const folder = await unpackInto(cache);
    expect((await readdir(folder)).sort()).toEqual(unpacked);
    const before = await stat(join(folder, 'libvk_swiftshader.so'));
    expect(await unpackInto(cache)).toBe(folder);
    const after = await stat(join(folder, 'libvk_swiftshader.so'));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  test('mends a file that is cut, changed or gone, and digests that cannot be read', async () => {
    const cache = await temporaryFolder();
    const folder = await unpackInto(cache);
    const driver = await readFile(join(folder, 'libvk_swiftshader.so'));
    // The driver is loaded by now: a new file, since the old one's pages are in use.
    const replace = async (name: string, bytes: Uint8Array | string): Promise<void> => {
      await rm(join(folder, name));
      await writeFile(join(folder, name), bytes);
    };
    const damage: (() => Promise<void>)[] = [
      () => replace('libvk_swiftshader.so', driver.subarray(0, 1000)),
      () => replace('libvk_swiftshader.so', Buffer.alloc(driver.length)),
      () => rm(join(folder, 'libvulkan.so.1')),
      () => replace('vk_swiftshader_icd.json', '{}'),
      () => replace('sha256.json', '{"libvulkan'),
    ];
    for (const harm of damage) {
      await harm();
      await unpackInto(cache);
      expect((await readdir(folder)).sort()).toEqual(unpacked);
      expect(driver.equals(await readFile(join(folder, 'libvk_swiftshader.so')))).toBe(true);
      expect(await readFile(join(folder, 'vk_swiftshader_icd.json'), 'utf8')).toContain('ICD');
    }
  });

  test('goes to the next folder where the first cannot be written', async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, 'file'), '');
    const folder = await unpackInto(join(parent, 'file', 'cache'), join(parent, 'second'));
    expect(folder.startsWith(join(parent, 'second'))).toBe(true);
  });

  test('says why no folder serves', async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, 'file'), '');
    const unpacking = unpackInto(join(parent, 'file', 'cache'));
    await expect(unpacking).rejects.toThrow(
      /could not be unpacked: .*file\/cache: a part of the path is a file, not a folder/,
    );
    await expect(unpacking).rejects.toHaveProperty('hint', expect.stringContaining('--cache'));
  });

  test('says that the package is damaged, and leaves nothing behind', async () => {
    const parent = await temporaryFolder();
    await mkdir(join(parent, 'bin'));
    await writeFile(join(parent, 'bin', 'swiftshader.tar.br'), 'not brotli');
    const found = { folder: parent, version: '147.0.0' };
    const unpacking = unpackSwiftShader(found, [join(parent, 'cache')]);
    await expect(unpacking).rejects.toThrow(AdapterError);
    await expect(unpacking).rejects.toThrow(/swiftshader\.tar\.br: /);
    expect(await readdir(parent)).toEqual(['bin']);
  });

  test('three processes at once into one empty cache', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, ['core', 'platform', 'gpu'], ['webgpu', '@sparticuz/chromium']);
    const code = `
      import { openGpu } from './src/platform/node/open-gpu.js';
      const gpu = await openGpu({ adapter: 'swiftshader', cache: './cache' });
      console.log(gpu.adapter.kind);
      gpu.destroy();`;
    const all = await Promise.all([1, 2, 3].map(() => runModule(folder, code)));
    for (const { status, stdout, stderr } of all) {
      expect({ status, stdout: stdout.trim(), stderr }).toEqual({
        status: 0,
        stdout: 'swiftshader',
        stderr: '',
      });
    }
    expect((await readdir(join(folder, 'cache', 'swiftshader-147.0.0'))).sort()).toEqual(unpacked);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'as a user without a home that can be written',
    async () => {
      const folder = await temporaryFolder();
      await installRooms(folder, ['core', 'platform', 'gpu'], ['webgpu', '@sparticuz/chromium']);
      const scratch = join(folder, 'scratch');
      await mkdir(scratch, { mode: 0o777 });
      await chmod(scratch, 0o1777);
      const code = `
      import { openGpu } from './src/platform/node/open-gpu.js';
      const gpu = await openGpu({ adapter: 'swiftshader' });
      console.log(gpu.adapter.kind, process.getuid());
      gpu.destroy();`;
      const env = { HOME: '/nonexistent', XDG_CACHE_HOME: '', TMPDIR: scratch };
      const ended = await runModule(folder, code, { env, uid: 65534 });
      expect(ended).toEqual({ status: 0, stdout: 'swiftshader 65534\n', stderr: '' });
      expect(await readdir(scratch)).toEqual(['alstm-65534']);
    },
  );
});

describe('where SwiftShader is not to be had', () => {
  test('on another system', async () => {
    const finding = findSwiftShader(import.meta.url, 'linux-arm64');
    await expect(finding).rejects.toThrow('linux-x64 only, but this is linux-arm64');
  });

  test('without its package', async () => {
    const folder = await temporaryFolder();
    const finding = findSwiftShader(join(folder, 'module.js'), 'linux-x64');
    await expect(finding).rejects.toThrow('@sparticuz/chromium is not installed');
    const hint = expect.stringContaining('npm install @sparticuz/chromium@147') as unknown;
    await expect(finding).rejects.toHaveProperty('hint', hint);
  });

  test('a temporary folder that belongs to someone else, or that others can write, is not used', async () => {
    const folder = await temporaryFolder();
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    try {
      const [cache, own] = swiftShaderFolders('/cache');
      expect(cache).toBe('/cache');
      expect(own?.startsWith(folder)).toBe(true);
      await chmod(own!, 0o777);
      expect(swiftShaderFolders('/cache')).toEqual(['/cache']);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
});
