import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeAdapter } from '../../src/gpu/device.js';
import { userCacheFolder } from '../../src/platform/node/cache.js';
import { loadLibrary } from '../../src/platform/node/library.js';
import { readTar } from '../../src/core/tar.js';
import { findVulkanDrivers, withEnvironment } from '../../src/platform/node/vulkan.js';
import { installRooms, runModule, temporaryFolder } from '../support/process.js';

describe.skipIf(process.platform === 'win32')('userCacheFolder', () => {
  test.each([
    ['linux', { HOME: '/home/a' }, '/home/a/.cache/alstm'],
    ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '/fast' }, '/fast/alstm'],
    ['linux', { HOME: '/home/a', XDG_CACHE_HOME: 'relative' }, '/home/a/.cache/alstm'],
    ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '' }, '/home/a/.cache/alstm'],
    ['linux', { HOME: '' }, `${userInfo().homedir}/.cache/alstm`],
    ['linux', { HOME: 'relative' }, `${userInfo().homedir}/.cache/alstm`],
    ['linux', {}, `${userInfo().homedir}/.cache/alstm`],
    ['darwin', { HOME: '/Users/a' }, '/Users/a/Library/Caches/alstm'],
    ['win32', { LOCALAPPDATA: '/a/AppData/Local' }, '/a/AppData/Local/alstm/Cache'],
  ] as const)('%s %o', (platform, env, folder) => {
    expect(userCacheFolder(env, platform)).toBe(folder);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'of a user without an account is a temporary one',
    async () => {
      const folder = await temporaryFolder();
      await installRooms(folder, ['core', 'platform'], []);
      const code = `
      const { userCacheFolder } = await import('./src/platform/node/cache.js');
      console.log(userCacheFolder());`;
      const env = { HOME: '', XDG_CACHE_HOME: '', TMPDIR: join(folder, 'tmp') };
      await mkdir(env.TMPDIR, { mode: 0o777 });
      await chmod(env.TMPDIR, 0o777);
      const ended = await runModule(folder, code, { env, uid: 47_110 });
      expect(ended).toEqual({ status: 0, stdout: `${env.TMPDIR}/alstm-47110\n`, stderr: '' });
    },
  );
});

describe('findVulkanDrivers', () => {
  test('takes the files that the environment names', async () => {
    const env = { VK_DRIVER_FILES: '/a.json:/b.json', VK_ICD_FILENAMES: '/c.json' };
    expect(await findVulkanDrivers(env)).toEqual({ searched: ['/a.json', '/b.json'], added: [] });
  });

  test('looks where the loader looks', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'data', 'vulkan', 'icd.d');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'card.json'), '{}');
    await writeFile(join(folder, 'README'), '');
    const env = { HOME: root, XDG_DATA_DIRS: `${root}/none:${root}/data` };
    const { searched } = await findVulkanDrivers({ ...env, VK_ADD_DRIVER_FILES: '/more.json' });
    expect(searched).toContain(join(folder, 'card.json'));
    expect(searched.filter((path) => path.startsWith(root))).toHaveLength(1);
    expect((await findVulkanDrivers({ VK_ADD_DRIVER_FILES: '/more.json' })).added).toContain(
      '/more.json',
    );
  });
});

describe('withEnvironment', () => {
  test('puts everything back, also after a failure', async () => {
    process.env['ALSTM_TEST_SET'] = 'before';
    const variables = { ALSTM_TEST_SET: undefined, ALSTM_TEST_UNSET: 'within' };
    const seen: unknown[] = [];
    const failing = withEnvironment(variables, () => {
      seen.push(process.env['ALSTM_TEST_SET'], process.env['ALSTM_TEST_UNSET']);
      return Promise.reject(new Error('within'));
    });
    await expect(failing).rejects.toThrow('within');
    expect(seen).toEqual([undefined, 'within']);
    expect(process.env['ALSTM_TEST_SET']).toBe('before');
    expect('ALSTM_TEST_UNSET' in process.env).toBe(false);
    delete process.env['ALSTM_TEST_SET'];
  });
});

describe('loadLibrary', () => {
  test.skipIf(process.platform !== 'linux')('says why it cannot', async () => {
    const path = join(await temporaryFolder(), 'text.so');
    await writeFile(path, 'not a library');
    expect(loadLibrary(path)).toMatch(/text\.so/);
    expect(loadLibrary('libalstm-none.so.9')).toContain('cannot open shared object file');
  });
});

describe('readTar', () => {
  /** A header as POSIX ustar has it, then the bytes in whole blocks. */
  function entry(name: string, bytes: Uint8Array, type = '0'): Buffer {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, '0') + '\0', 124);
    header.write('        ', 148);
    header.write(type, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
    return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
  }
  const bytes = Buffer.from('x'.repeat(700));
  const archive = Buffer.concat([
    entry('folder/', Buffer.alloc(0), '5'),
    entry('a', bytes),
    entry('empty', Buffer.alloc(0)),
    entry('b', Buffer.from('y')),
    Buffer.alloc(1024),
  ]);

  test('gives the regular files', async () => {
    const files = await readTar(archive);
    expect([...files.keys()]).toEqual(['a', 'empty', 'b']);
    expect(Buffer.from(files.get('a')!).equals(bytes)).toBe(true);
    expect(Buffer.from(files.get('b')!).toString()).toBe('y');
  });

  test('keeps long names apart that begin alike, as GNU tar and pax store them', async () => {
    const folder = 'folder/'.repeat(30);
    const named = (file: string, how: 'L' | 'x') => {
      const name = folder + file;
      const record = ` path=${name}\n`; // its length counts itself, in three digits
      const long = how === 'L' ? `${name}\0` : `${record.length + 3}${record}`;
      return Buffer.concat([
        entry('long', Buffer.from(long), how),
        entry(name.slice(0, 100), Buffer.from(file)),
      ]);
    };
    for (const how of ['L', 'x'] as const) {
      const files = await readTar(
        Buffer.concat([named('a', how), named('b', how), Buffer.alloc(1024)]),
      );
      const found = Array.from(files, ([name, own]) => [name, Buffer.from(own).toString()]);
      expect(found).toEqual([
        [`${folder}a`, 'a'],
        [`${folder}b`, 'b'],
      ]);
    }
  });

  test('refuses a wrong checksum and a cut-off file, naming the file before', async () => {
    const wrong = Buffer.from(archive);
    wrong[512] = 'z'.charCodeAt(0);
    await expect(readTar(wrong)).rejects.toThrow('at or after folder/: a checksum is wrong');
    await expect(readTar(archive.subarray(0, 1100))).rejects.toThrow(
      'at or after a: it is truncated',
    );
  });
});

describe('describeAdapter', () => {
  const info = (told: Partial<GPUAdapterInfo>): GPUAdapterInfo =>
    ({
      vendor: '',
      architecture: '',
      device: '',
      description: '',
      isFallbackAdapter: false,
      ...told,
    }) as GPUAdapterInfo;

  test.each([
    [{ vendor: 'nvidia', device: 'nvidia-h100-' }, 'gpu', 'nvidia-h100'],
    [{ vendor: 'mesa', device: 'llvmpipe-256-bits-', isFallbackAdapter: true }, 'lavapipe', null],
    [{ vendor: 'google', architecture: 'swiftshader' }, 'swiftshader', 'swiftshader'],
    [{ device: 'basic-render-driver', isFallbackAdapter: true }, 'software', null],
    [{}, 'gpu', 'gpu'],
  ] as const)('%o is %s', (told, kind, name) => {
    const adapter = describeAdapter(info(told));
    expect(adapter.kind).toBe(kind);
    expect(adapter.software).toBe(kind !== 'gpu');
    if (name !== null) expect(adapter.name).toBe(name);
  });
});
