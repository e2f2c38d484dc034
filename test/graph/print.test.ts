import { describe, expect, it } from 'vitest';
import { formatBytes, printProgram, programToJson } from '../../src/graph/print.js';
import { choosePlan } from '../../src/plan/plan.js';
import { gradientProgram, inferenceProgram } from '../../src/network/programs.js';
import { tinyModel } from '../support/network.js';

const model = tinyModel();
const plan = choosePlan(model, {
  software: true,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
});
const capacity = { frames: 100, utterances: 4, longest: 40 };

describe('printProgram', () => {
  it('shows every pass, tensor and buffer, and the bytes with and without reuse', () => {
    const program = gradientProgram(model, plan, capacity);
    const text = printProgram(program);
    for (const { name } of program.passes) expect(text).toContain(`${name}: `);
    for (const name of program.places.keys()) expect(text).toContain(`  ${name} `);
    for (const { name } of program.buffers) expect(text).toContain(`  ${name} `);
    expect(text).toContain(`(${program.bytes} bytes) with reuse`);
    expect(text).toContain(`(${program.bytesWithoutReuse} bytes) without`);
    expect(program.bytes).toBeLessThan(program.bytesWithoutReuse);
  });

  it('inference frees activations that training keeps', () => {
    const transient = (program: ReturnType<typeof gradientProgram>) =>
      program.buffers
        .filter(({ kind }) => kind === 'transient')
        .reduce((sum, { bytes }) => sum + bytes, 0);
    const inference = inferenceProgram(model, plan, capacity);
    expect(transient(inference)).toBeLessThan(transient(gradientProgram(model, plan, capacity)));
    expect(JSON.stringify(programToJson(inference))).toContain('"kernel":"softmax"');
  });

  it('formats bytes', () => {
    expect([0, 1023, 1536, 20 * 2 ** 20, 3 * 2 ** 30].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.50 KiB',
      '20.0 MiB',
      '3.00 GiB',
    ]);
  });
});
