import { describe, expect, it } from 'vitest';
import { FaultWatch, type WatchedEpoch } from '../../src/training/fault-watch.js';
import { faultStart, withEffect, withFaults } from '../../src/runs/faults.js';
import { changing } from '../data/rows.js';
import { syntheticData } from '../data/synthetic.js';

const { training: data } = syntheticData();

describe('faults in a row', () => {
  it('are counted over readings', () => {
    let state = withFaults(faultStart, [], 5, 5);
    expect(state).toEqual(faultStart);
    state = withFaults(state, [7, 9, 10], 5, 10);
    expect(state).toMatchObject({ inRow: 2, pending: [7, 9, 10] });
    state = withFaults(state, [11, 12, 13, 14, 15], 5, 15);
    expect(state.inRow).toBe(7);
    expect(withFaults(state, [16, 17, 18, 19], 5, 20).inRow).toBe(0);
  });

  it('halve once, and not for steps of before', () => {
    const state = { ...faultStart, pending: [3, 4] };
    expect(withEffect(state, 'skip', 10)).toEqual({ ...faultStart, pending: [] });
    const halved = withEffect(state, 'halve', 10);
    expect(halved).toEqual({ factor: 0.5, since: 10, inRow: 0, pending: [] });
    expect(withEffect({ ...halved, pending: [8, 10] }, 'halve', 15)).toEqual(halved);
    expect(withEffect({ ...halved, pending: [11] }, 'halve', 15).factor).toBe(0.25);
  });

  /** A watch of steps that all fail, five to a reading. */
  async function failing(policy: WatchedEpoch['policy'], readings: number): Promise<string[]> {
    const lines: string[] = [];
    let stepCount = 0;
    const session = {
      diagnose: () => Promise.resolve(undefined),
      get stepCount() {
        return stepCount;
      },
    };
    const batches = Array.from({ length: 5 * readings }, () => [0]);
    const log = (line: string): void => void lines.push(line);
    const epoch = { session, data, policy, epoch: 1, batches, stepsBefore: 0, log };
    const watch = new FaultWatch(epoch, faultStart);
    const rest = { total: 0, tasks: {}, gradientNorm: 0, skipped: 5, lossless: 5 };
    for (let i = 0; i < readings; i++) {
      const faults = [1, 2, 3, 4, 5].map((n) => stepCount + n);
      stepCount += 5;
      await watch.arrived({ steps: 5, step: stepCount, faults, ...rest });
      watch.effect();
    }
    return lines;
  }

  it('are reported where they end, with how many they were', async () => {
    const lines: string[] = [];
    const session = { diagnose: () => Promise.resolve(undefined), stepCount: 10 };
    const log = (line: string): void => void lines.push(line);
    const batches = Array.from({ length: 10 }, () => [0]);
    const epoch = {
      session,
      data,
      policy: 'skip',
      epoch: 1,
      batches,
      stepsBefore: 0,
      log,
    } as const;
    const watch = new FaultWatch(epoch, { ...faultStart, inRow: 3 });
    const rest = { total: 0, tasks: {}, gradientNorm: 0, skipped: 3, lossless: 3 };
    await watch.arrived({ steps: 5, step: 10, faults: [6, 7, 9], ...rest });
    expect(lines).toEqual([
      'warning: also skipped: 2 steps up to 7 (epoch 1), 5 in a row',
      expect.stringMatching(/^warning: the update of step 9 \(epoch 1\) is skipped: /),
    ]);
  });

  it('have no effect on the rate where features are to blame', async () => {
    const bad = changing(data, (matrix, i) => (i === 1 ? matrix.map(() => NaN) : matrix));
    const session = { diagnose: () => Promise.resolve(undefined), stepCount: 3 };
    const watch = new FaultWatch(
      {
        ...{ session, data: bad, policy: 'halve', epoch: 1 },
        ...{ batches: [[0], [0, 1], [2]], stepsBefore: 0, log: undefined },
      },
      faultStart,
    );
    const rest = { total: 0, tasks: {}, gradientNorm: 0, skipped: 1, lossless: 1 };
    await watch.arrived({ steps: 2, step: 2, faults: [2], ...rest });
    expect(watch.state).toMatchObject({ inRow: 1, pending: [] });
    watch.effect();
    expect(watch.state.factor).toBe(1);
    await watch.arrived({ steps: 1, step: 3, faults: [3], ...rest });
    expect(watch.state).toMatchObject({ inRow: 2, pending: [3] });
    watch.effect();
    expect(watch.state.factor).toBe(0.5);
  });

  it('end it after a hundred', async () => {
    expect(await failing('skip', 19)).toHaveLength(3 + 19);
    await expect(failing('skip', 20)).rejects.toThrow(
      'training diverged in epoch 1: 100 updates in a row up to step 100 are not finite',
    );
  });

  it('end it after twenty halvings', async () => {
    const state = { ...faultStart, factor: 2 ** -20, pending: [4] };
    const session = { diagnose: () => Promise.resolve(undefined), stepCount: 5 };
    const epoch = { session, data, policy: 'halve', epoch: 3 } as const;
    const watch = new FaultWatch({ ...epoch, batches: [], stepsBefore: 0, log: undefined }, state);
    expect(() => watch.effect()).toThrow(
      'training diverged in epoch 3: at step 5 the learning rate was halved 20 times',
    );
    await Promise.resolve();
  });
});
