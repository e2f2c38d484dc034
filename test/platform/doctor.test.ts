import { describe, expect, onTestFinished, test } from 'vitest';
import { DeviceLostError } from '../../src/core/errors.js';
import type { Gpu } from '../../src/gpu/device.js';
import { doctorReport } from '../../src/gpu/doctor.js';
import { openGpu } from '../../src/platform/node/open-gpu.js';
import { testAdapter, testGpu } from '../support/gpu.js';

/** A device whose compiler turns one piece of WGSL into another. */
async function miscompiling(from: string, to: string): Promise<Gpu> {
  const gpu = await openGpu({ adapter: testAdapter() });
  onTestFinished(() => gpu.destroy());
  const compile = gpu.device.createShaderModule.bind(gpu.device);
  gpu.device.createShaderModule = (descriptor) =>
    compile({ ...descriptor, code: descriptor.code.replaceAll(from, to) });
  return gpu;
}

describe('doctorReport', () => {
  test('every check passes on this adapter', async () => {
    const gpu = await testGpu();
    const report = await doctorReport(gpu);
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.adapter).toEqual(gpu.adapter);
    expect(report.limits.maxBufferSize).toBe(gpu.limits.maxBufferSize);
    const names = report.checks.map(({ name }) => name);
    expect(names).toContain('matrix product in f32');
    expect(names.includes('matrix product in f16')).toBe(gpu.features.has('shader-f16'));
    expect(names.includes('subgroup sum')).toBe(gpu.features.has('subgroups'));
  });

  test.each([
    ['tanh(x)', 'tanh(x * 1.0001)', 'tanh'],
    ['sqrt(abs(x))', 'sqrt(x)', 'sqrt'],
    ['k < 45u', 'k < 44u', 'matrix product in f32'],
    ['lane < half', 'lane < half - 1u', 'workgroup reduction'],
  ])('finds that %s is computed as %s', async (from, to, name) => {
    const report = await doctorReport(await miscompiling(from, to));
    const check = report.checks.find((check) => check.name === name);
    expect(report.ok).toBe(false);
    expect(check?.ok).toBe(false);
    expect(check?.failure).toBeUndefined();
  });

  test('a kernel that does not compile is a failed check with the reason', async () => {
    const gpu = await miscompiling('tanh(x)', 'tan_h(x)');
    const report = await doctorReport(gpu);
    const check = report.checks.find(({ name }) => name === 'tanh');
    expect(check).toMatchObject({ ok: false, error: NaN });
    expect(check?.failure).toMatch(/tan_h/);
    expect(report.checks.filter(({ ok }) => !ok)).toHaveLength(1);
    gpu.check();
  });

  test('a lost device is an error, not a result', async () => {
    const gpu = await openGpu({ adapter: testAdapter() });
    gpu.device.destroy();
    await gpu.lost;
    await expect(doctorReport(gpu)).rejects.toThrow(DeviceLostError);
  });
});
