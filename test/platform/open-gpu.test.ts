import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AdapterError, DeviceLostError } from '../../src/core/errors.js';
import { type Gpu, requestDevice, wantedLimits } from '../../src/gpu/device.js';
import { openGpu } from '../../src/platform/node/open-gpu.js';
import { testAdapter } from '../support/gpu.js';
import { installRooms, runModule, temporaryFolder } from '../support/process.js';

const rooms = ['core', 'platform', 'gpu'];
const isPackaged = process.platform === 'linux' && process.arch === 'x64';

async function open(): Promise<Gpu> {
  const gpu = await openGpu({ adapter: testAdapter() });
  onTestFinished(() => gpu.destroy());
  return gpu;
}

/** Sends four numbers to the device and back. */
async function echo({ device }: Gpu): Promise<number[]> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 16, usage });
  device.queue.writeBuffer(buffer, 0, new Float32Array([1, 2, 3, 4]));
  await buffer.mapAsync(GPUMapMode.READ);
  return [...new Float32Array(buffer.getMappedRange())];
}

describe('a device', () => {
  test('has the maxima of its adapter, beyond what WebGPU gives unasked', async () => {
    const gpu = await open();
    const { features, limits, adapter } = gpu;
    expect(limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
    expect(limits.maxBufferSize).toBeGreaterThan(256 * 2 ** 20);
    expect(features.has('shader-f16')).toBe(gpu.device.features.has('shader-f16'));
    expect(adapter.software).toBe(adapter.kind !== 'gpu');
    expect(adapter.driver).not.toBe('');
    expect(await echo(gpu)).toEqual([1, 2, 3, 4]);
  });

  test('can be opened again after it was destroyed, and two at once', async () => {
    (await open()).destroy();
    const both = await Promise.all([open(), open()]);
    for (const gpu of both) expect(await echo(gpu)).toEqual([1, 2, 3, 4]);
  });

  test('says that it was lost, and can be opened again', async () => {
    const gpu = await open();
    gpu.check();
    gpu.device.destroy(); // behind its back: what a loss looks like from here
    expect(await gpu.lost).toContain('destroyed');
    expect(() => gpu.check()).toThrow(DeviceLostError);
    expect(await echo(await open())).toEqual([1, 2, 3, 4]);
  });

  test('tells those who use it after destroy, and is not lost then', async () => {
    const gpu = await open();
    let lost = false;
    void gpu.lost.then(() => (lost = true));
    gpu.destroy();
    gpu.destroy();
    await gpu.device.lost;
    expect(lost).toBe(false);
    expect(() => gpu.check()).toThrow('was closed');
  });

  test('throws the first error that nobody caught at the next check', async () => {
    const gpu = await open();
    gpu.device.createBuffer({ size: 2 * gpu.limits.maxBufferSize, usage: GPUBufferUsage.STORAGE });
    gpu.device.createBuffer({ size: 16, usage: 0 });
    await gpu.device.queue.onSubmittedWorkDone();
    expect(() => gpu.check()).toThrow(AdapterError);
    expect(() => gpu.check()).toThrow(/Buffer size .* exceeds the max buffer size/);
  });

  test('that an adapter refuses is an AdapterError', async () => {
    const gpu = await open();
    const limits: Record<string, number> = {};
    for (const name of wantedLimits) limits[name] = gpu.limits[name];
    const info = { vendor: '', architecture: '', device: 'card-', description: '' };
    const adapter = {
      info,
      limits,
      features: new Set(),
      requestDevice: () => Promise.reject(new Error('out of handles')),
    } as unknown as GPUAdapter;
    await expect(requestDevice(adapter)).rejects.toThrow(
      'card did not provide a device: out of handles',
    );
  });
});

describe.skipIf(!isPackaged)('the choice of an adapter', () => {
  const openAs = (choice: string): string => `
    import { openGpu } from './src/platform/node/open-gpu.js';
    try {
      const gpu = await openGpu({ adapter: ${choice}, cache: './cache' });
      console.log(gpu.adapter.kind);
      gpu.destroy();
    } catch (error) {
      console.log(\`\${error.name}: \${error.message}\\n\${error.hint}\`);
      process.exitCode = error.exitCode;
    }`;

  test('leaves the environment as it was', async () => {
    const before = { ...process.env };
    const gpu = await openGpu({ adapter: 'swiftshader' });
    gpu.destroy();
    expect({ ...process.env }).toEqual(before);
  });

  test('names what to install where the system has no driver and the package is absent', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu']);
    await writeFile(join(folder, 'none.json'), '{}');
    const env = { VK_DRIVER_FILES: join(folder, 'none.json') };
    const { status, stdout } = await runModule(folder, openAs('undefined'), { env });
    expect(status).toBe(1);
    const [message, hint, ...rest] = stdout.trim().split('\n');
    expect(message).toMatch(/^AdapterError: no WebGPU adapter found: /);
    expect(message).toContain('the npm package @sparticuz/chromium is not installed');
    expect(hint).toContain('npm install @sparticuz/chromium@147');
    expect(hint).toContain('mesa-vulkan-drivers');
    expect(rest).toEqual([]);
  });

  test('where the bindings do not load, says so instead of what driver to install', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu']);
    const dawn = join(folder, 'node_modules', 'webgpu', 'dist', 'linux-x64', 'dawn.node');
    await writeFile(dawn, 'no library');
    const damaged = await runModule(folder, openAs('undefined'));
    expect(damaged.stdout).toMatch(
      /^AdapterError: the WebGPU bindings cannot be loaded: .*dawn\.node: file too short\nReinstall/,
    );
    await rm(dawn);
    const missing = await runModule(folder, openAs('"lavapipe"'));
    expect(missing.stdout).toMatch(
      /^AdapterError: the WebGPU bindings cannot be loaded: one of their files is missing: .*\nReinstall/,
    );
  });

  test("takes the package's SwiftShader where the system's driver is broken", async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu', '@sparticuz/chromium']);
    await writeFile(join(folder, 'none.json'), '{}');
    const env = { VK_DRIVER_FILES: join(folder, 'none.json') };
    const { status, stdout } = await runModule(folder, openAs('undefined'), { env });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'swiftshader\n' });
  });

  test('does not pass software off as a GPU', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu', '@sparticuz/chromium']);
    await runModule(folder, openAs('"swiftshader"')); // unpacks the driver
    const driver = join(folder, 'cache', 'swiftshader-147.0.0', 'vk_swiftshader_icd.json');
    const env = { VK_DRIVER_FILES: driver };
    const { status, stdout } = await runModule(folder, openAs('"gpu"'), { env });
    expect(status).toBe(1);
    expect(stdout).toContain('no GPU found: the best adapter of the system is swiftshader-device');
    const lavapipe = await runModule(folder, openAs('"lavapipe"'), { env });
    expect(lavapipe.stdout).toMatch(/^AdapterError: no lavapipe adapter found: /);
    expect(lavapipe.stdout).toContain('install Mesa 25');
  });

  test('a process that fails with a device open ends with its own exit code', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu', '@sparticuz/chromium']);
    const code = `
      import { openGpu } from './src/platform/node/open-gpu.js';
      globalThis.gpu = await openGpu({ adapter: 'swiftshader', cache: './cache' });
      process.exit(7);`;
    expect((await runModule(folder, code)).status).toBe(7);
  });
});

describe.skipIf(!isPackaged)('a device kept in a process of its own', () => {
  test('survives the collection of everything it was made from', async () => {
    const folder = await temporaryFolder();
    await installRooms(folder, rooms, ['webgpu', '@sparticuz/chromium']);
    const code = `
      import { setFlagsFromString } from 'node:v8';
      import { openGpu } from './src/platform/node/open-gpu.js';
      setFlagsFromString('--expose-gc');
      const { runInNewContext } = await import('node:vm');
      const collect = runInNewContext('gc');
      const gpu = await openGpu({ adapter: 'swiftshader', cache: './cache' });
      for (let i = 0; i < 5; i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await gpu.device.queue.onSubmittedWorkDone();
      gpu.check();
      gpu.destroy();
      console.log('alive');`;
    const ended = await runModule(folder, code);
    expect(ended).toEqual({ status: 0, stdout: 'alive\n', stderr: '' });
  });
});
