import { describe, expect, it, test } from 'vitest';
import { kernelFactors } from '../../src/cost/factors.js';
import type { Machine } from '../../src/cost/machine.js';
import { cards, lavapipe, someCard, swiftshader } from '../../src/cost/machines.js';
import { predictPass, predictProgram } from '../../src/cost/predict.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { DispatchPass } from '../../src/graph/types.js';
import { matmulNn } from '../../src/kernels/matmul/matmul_nn.js';
import { gradientProgram } from '../../src/network/programs.js';
import { capacityScalars } from '../../src/network/scalars.js';
import type { PlanTraits } from '../../src/plan/check.js';
import { choosePlan } from '../../src/plan/plan.js';
import { candidatesFor } from '../../src/tuning/candidates.js';
import { byCost, partCost } from '../../src/tuning/cost.js';
import { parts, partText } from '../../src/tuning/parts.js';
import { tinyModel } from '../support/network.js';

const machines: readonly Machine[] = [...Object.values(cards), lavapipe, swiftshader];
const tiny = tinyModel();
const model = tinyModel({ recurrent: { ...tiny.recurrent, units: 64 } });
const traitsOf = ({ software, name }: Machine): PlanTraits => ({
  software,
  kind: name,
  f16: !software,
  maxComputeWorkgroupStorageSize: software ? 16384 : 49152,
  maxComputeInvocationsPerWorkgroup: software ? 256 : 1024,
  ...(!software && { subgroups: { lanes: 32, matrices: [{ m: 16, n: 16, k: 16 }] } }),
});
const capacity = { frames: 640, utterances: 8, longest: 80 };

describe.each(machines.map((own) => [own.name, own] as const))('on %s', (_, machine) => {
  const traits = traitsOf(machine);
  const precision = machine.software ? 'f32' : 'f16';

  it('every candidate of every part has a cost, by which they are ordered', () => {
    const plan = choosePlan(model, traits, precision);
    const candidates = candidatesFor(model, traits, true);
    const cost = partCost(machine, model, capacity);
    for (const part of parts) {
      const known = new Map(candidates(part, plan).map((own) => [own, cost(part, own)]));
      for (const [own, ms] of known) {
        expect(ms, `${part} ${partText(part, own)}`).toBeGreaterThan(0);
        expect(ms).toBeLessThan(1e6);
      }
      const sorted = byCost(
        () => [...known.keys()],
        (_, own) => known.get(own) ?? 0,
      )(part, plan).map((own) => known.get(own) ?? NaN);
      expect([...sorted].sort((a, b) => a - b)).toEqual([...known.values()].sort((a, b) => a - b));
      // those that differ by less than 15% keep their order
      for (const [i, ms] of sorted.entries()) {
        for (const later of sorted.slice(i)) expect(1.15 * later).toBeGreaterThan(ms);
      }
    }
  });

  it('more frames, rows and units cost more', () => {
    const stepMs = (units: number, size: typeof capacity): number => {
      const wide = tinyModel({ recurrent: { ...tiny.recurrent, units } });
      const plan = choosePlan(wide, traits, precision);
      const program = gradientProgram(wide, plan, size);
      const passes = predictProgram(machine, program, capacityScalars(wide, size));
      for (const { ms } of passes) expect(ms).toBeGreaterThan(0);
      return passes.reduce((sum, { ms }) => sum + ms, 0);
    };
    const once = stepMs(64, capacity);
    expect(stepMs(64, { ...capacity, frames: 1280, longest: 160 })).toBeGreaterThan(once);
    expect(stepMs(64, { ...capacity, frames: 6400, utterances: 80 })).toBeGreaterThan(once);
    expect(stepMs(128, capacity)).toBeGreaterThan(once);
  });
});

/** A matmul of 64 x 64 x 64 in workgroups of 4 x 4 lanes: four of them. */
function squareMatmul(defines: DispatchPass['defines'] = {}) {
  const builder = new GraphBuilder('test', {});
  const tensor = (name: string) => builder.tensor(name, [64, 64], 'input');
  const plain = { accumulate: 0, relu: 0, threshold: 0, scale: 1, stream_0: 0, stream_1: 0 };
  builder.dispatch('square', matmulNn, {
    bindings: { a: tensor('a'), b: tensor('b'), out: builder.tensor('out', [64, 64], 'output') },
    uniforms: { m: 64, n: 64, k: 64, ...plain },
    constants: { ROW_LANES: 4, COLUMN_LANES: 4 },
    defines,
  });
  const [pass] = builder.build().passes;
  if (pass === undefined) throw new Error('no pass');
  return pass;
}

test('the instructions of a matmul are counted as by hand', () => {
  const free = { load: 0, staged: 0, special: 0, integer: 0, dispatchUs: 0, barrierUs: 0 };
  const machine = { ...lavapipe, ...free, gflops: 1, processors: 1, kernels: {} };
  // 2 operations for each of 64^3, and in the epilogue two multiply-adds of vec4 for each four of out
  const flop = 2 * 64 ** 3 + 8 * 2 * (64 * 16);
  expect(predictPass(machine, squareMatmul(), {})?.ms).toBeCloseTo(flop / 1e6, 9);
  // loads: 4 a k and lane, and one store for each four of out
  const loads = 64 * 64 * 4 + 64 * 16;
  const loading = { ...machine, load: 10 };
  const ms = (flop + 8 * 10 * loads) / 1e6;
  expect(predictPass(loading, squareMatmul(), {})?.ms).toBeCloseTo(ms, 9);
});

test('on a card, workgroups come in waves, and no dispatch beats memory', () => {
  const pass = squareMatmul();
  const on = (processors: number, more: Partial<Machine> = {}) => {
    const machine = { ...cards.h100, busyLanes: 16, gflops: processors, processors, ...more };
    return predictPass(machine, pass, {});
  };
  // the same rate a processor: four workgroups on two take as long as on three, twice as long as on four
  expect(on(3)?.ms).toBeCloseTo(on(2)?.ms ?? NaN, 12);
  const launch = cards.h100.dispatchUs / 1e3;
  expect((on(3)?.ms ?? NaN) - launch).toBeGreaterThan(1.9 * ((on(4)?.ms ?? NaN) - launch));
  const slow = on(4, { copyGBPerSecond: 1e-3 });
  expect(slow?.bound).toBe('memory');
  expect(slow?.ms).toBeCloseTo((3 * 4 * 64 * 64) / 1e-3 / 1e6 + launch, 6);
});

test('factors of kernels are found from their times', () => {
  const timed = [squareMatmul(), squareMatmul({ GATED: 0 })].map((pass) => {
    const ms = predictPass({ ...lavapipe, kernels: { matmul_nn: 1.7 } }, pass, {})?.ms ?? NaN;
    return { pass, scalars: {}, ms };
  });
  expect(kernelFactors(lavapipe, timed)).toEqual({ matmul_nn: 1.7 });
});

test('what the model does not know of a plan leaves a cost', () => {
  const plan = choosePlan(model, traitsOf(someCard));
  const { forward } = plan;
  const other = { ...plan, forward: { ...forward, parts: 4, weights: 'registers' as const } };
  const cost = partCost(someCard, model, capacity);
  expect(cost('forward', other)).toBeGreaterThan(0);
});
