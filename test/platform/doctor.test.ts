import { describe, expect, onTestFinished, test } from 'vitest';
import { DeviceLostError } from '../../src/core/errors.js';
import type { Gpu } from '../../src/gpu/device.js';
import { doctorReport } from '../../src/gpu/doctor.js';
import { OVERLAP, overlapFact } from '../../src/gpu/doctor-overlap.js';
import type { Fact } from '../../src/gpu/doctor-numbers.js';
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
    ['(bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u', 'true', 'NaN by its bits'],
    ['sum += x * x', 'sum += min(x * x, 1e30)', 'NaN in sums of f32'],
    [
      'exp(clamp(-x, -87.0, 87.0))',
      'bitcast<f32>(select(0x7fc00000u, 0u, x > -100.0))',
      'sigmoid of large numbers',
    ],
    ['exp(min(2.0 * abs(x), 40.0)) + 1.0', 'x / x', 'tanh of large numbers'],
  ])('finds that %s is computed as %s', async (from, to, name) => {
    const report = await doctorReport(await miscompiling(from, to));
    const check = report.checks.find((check) => check.name === name);
    expect(report.ok).toBe(false);
    expect(check?.ok).toBe(false);
    expect(check?.failure).toBeUndefined();
  });

  test('says whether two dispatches run at once', () => {
    expect(overlapFact('cleared', 4, 4.5)).toMatchObject({
      result: '1.1',
      fact: 'run at once where their buffers are cleared',
    });
    expect(overlapFact('written', 4, 7.9).fact).toMatch(/^run one after the other/);
  });

  test('whether dispatches run at once is a failed check where it cannot be measured', async () => {
    const report = await doctorReport(await miscompiling('x * 0.5 + 1.0', 'x * a_half + 1.0'));
    const check = report.checks.find(({ name }) => name === OVERLAP);
    expect(check?.failure).toMatch(/a_half/);
    expect(report.ok).toBe(false);
    expect(report.facts.map(({ expression }) => expression)).not.toContain(OVERLAP);
  });

  test('what becomes of NaN is told, and is no fault', async () => {
    const { facts } = await doctorReport(await testGpu());
    expect(facts.filter(({ expression }) => expression === '2 dispatches')).toHaveLength(3);
    const of = (facts: readonly Fact[], expression: string) =>
      facts.find((own) => own.expression === expression);
    expect(of(facts, 'select(0, NaN, true)')).toMatchObject({ result: 'NaN' });
    expect(of(facts, 'exp(-200)')).toMatchObject({ result: '0' });
    for (const [wgsl, result, fact] of [
      ['nan', 'NaN', 'keeps NaN in clamp'],
      ['0.5', '0.5', 'flushes NaN in clamp'],
    ]) {
      const gpu = await miscompiling('clamp(nan, 0.0, one)', wgsl ?? '');
      const report = await doctorReport(gpu);
      expect(report.ok).toBe(true);
      expect(of(report.facts, 'clamp(NaN, 0, 1)')).toMatchObject({ result, fact });
      expect(JSON.parse(JSON.stringify(report))).toMatchObject({ facts: report.facts });
    }
    const refused = await doctorReport(await miscompiling('nan + one', 'nan + none'));
    const check = refused.checks.find(({ name }) => name === 'NaN and infinities');
    expect(check?.failure).toMatch(/none/);
    expect(refused.ok).toBe(false);
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
