import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { AdapterError, ShaderError } from '../../src/core/errors.js';
import { describeAdapter } from '../../src/gpu/device.js';
import { bundledShaders, openBrowserEngine } from '../../src/platform/browser/engine.js';

const limits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
};

/** What a browser would give for a GPU that exists on paper. */
function adapterWith(own: Partial<typeof limits>, refusal = 'no more devices') {
  const info = { vendor: 'acme', architecture: 'tiny', device: '', description: '' };
  const adapter = {
    info,
    limits: { ...limits, ...own },
    features: new Set<string>(),
    requestDevice: () => Promise.reject(new Error(refusal)),
  } as unknown as GPUAdapter;
  return { gpu: { requestAdapter: () => Promise.resolve(adapter) } };
}

it('has every shader of the repository', () => {
  const paths = readdirSync('shaders', { recursive: true, encoding: 'utf8' });
  const shaders = paths.filter((path) => path.endsWith('.wgsl'));
  expect(shaders.length).toBeGreaterThan(30);
  for (const path of shaders) {
    const text = readFileSync(`shaders/${path}`, 'utf8');
    expect(bundledShaders(basename(path, '.wgsl'))).toBe(text);
  }
  expect(() => bundledShaders('nothing')).toThrow(ShaderError);
});

it('refuses an adapter that is too small, and says by how much', async () => {
  const opened = openBrowserEngine(adapterWith({ maxStorageBuffersPerShaderStage: 4 }));
  await expect(opened).rejects.toThrow(AdapterError);
  await expect(opened).rejects.toThrow(
    'tiny is too small: its maxStorageBuffersPerShaderStage is 4, but 8 is needed',
  );
});

it('says that the browser gives no device', async () => {
  const opened = openBrowserEngine(adapterWith({}));
  await expect(opened).rejects.toMatchObject({
    name: 'AdapterError',
    message: 'tiny did not provide a device: no more devices',
    hint: expect.stringContaining('reload the page') as string,
  });
});

it('passes on which GPU is wanted', async () => {
  const asked: unknown[] = [];
  const gpu = {
    requestAdapter: (options: unknown) => {
      asked.push(options);
      return Promise.reject(new Error('blocked'));
    },
  };
  const opened = openBrowserEngine({ powerPreference: 'low-power', gpu });
  await expect(opened).rejects.toThrow('the browser provides no GPU: blocked');
  expect(asked).toEqual([{ powerPreference: 'low-power' }]);
});

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['Deno', 'Deno has no WebGPU here', '--unstable-webgpu'],
  ['Bun', 'Bun has no WebGPU here', "openEngine from 'alstm'"],
])('says what to do in %s without WebGPU', async (runtime, message, hint) => {
  vi.stubGlobal(runtime, {});
  vi.stubGlobal('navigator', {});
  await expect(openBrowserEngine()).rejects.toMatchObject({
    name: 'AdapterError',
    message,
    hint: expect.stringContaining(hint) as string,
  });
});

it("has a name for what wgpu describes by Vulkan's numbers", () => {
  const info = { vendor: '4318', architecture: '', device: '9009', description: 'NVIDIA H100' };
  expect(describeAdapter(info as GPUAdapterInfo)).toMatchObject({
    name: 'NVIDIA H100',
    vendor: 'nvidia',
  });
});

it('waits for an adapter that was there a moment ago', async () => {
  const { gpu } = adapterWith({});
  await expect(openBrowserEngine({ gpu })).rejects.toThrow('did not provide a device');
  let asked = 0;
  const gone = { requestAdapter: async () => (++asked < 3 ? null : gpu.requestAdapter()) };
  await expect(openBrowserEngine({ gpu: gone })).rejects.toThrow('did not provide a device');
  expect(asked).toBe(3);
});
