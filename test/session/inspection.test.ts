import { describe, expect, it } from 'vitest';
import { cellTraits } from '../../src/core/cells.js';
import type { TwoLayerModelConfig, RecurrentConfig } from '../../src/core/config.js';
import { ConfigError } from '../../src/core/errors.js';
import { InferenceSession } from '../../src/session/inference-session.js';
import type { SessionOptions } from '../../src/session/network-session.js';
import type { DirectionTrace, FrameBatch, Inspection } from '../../src/session/types.js';
import type { RecurrencePlan } from '../../src/plan/plan.js';
import { testEngine } from '../support/engine.js';
import { randomBatch, randomParameters, tinyModel } from '../support/network.js';
import { planWith } from '../support/plans.js';
import { traceTwin, type ExpectedTrace } from '../support/twin.js';
import { needs } from '../support/needs.js';

const LENGTHS = [13, 2, 1, 22, 7, 4]; // ragged, unsorted; some shorter than the offsets
const base = tinyModel().recurrent;

/** Units that the device pads, so that padding in a mean would show. */
function modelOf(changes: Partial<RecurrentConfig> = {}): TwoLayerModelConfig {
  return tinyModel({ recurrent: { ...base, units: 6, ...changes } });
}

/** Attention vectors large enough for weights that are far from uniform. */
function parametersOf(model: TwoLayerModelConfig) {
  return Object.fromEntries(
    Object.entries(randomParameters(model)).map(([name, { shape, data }]) => [
      name,
      { shape, data: /recurrent.*attention/.test(name) ? data.map((x) => 4 * x) : data },
    ]),
  );
}

async function withSession<T>(
  model: TwoLayerModelConfig,
  options: Partial<SessionOptions>,
  use: (session: InferenceSession) => Promise<T>,
): Promise<T> {
  const parameters = parametersOf(model);
  const session = InferenceSession.create(await testEngine(), model, { parameters, ...options });
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}

const inspect = (
  model: TwoLayerModelConfig,
  batch: FrameBatch,
  options: Partial<SessionOptions> = {},
) => withSession(model, options, (session) => session.inspect(batch));

function expectNear(got: ArrayLike<number>, want: readonly number[], most: number, what: string) {
  expect(got.length, what).toBe(want.length);
  const worst = want.reduce((max, x, i) => Math.max(max, Math.abs((got[i] ?? NaN) - x)), 0);
  expect(worst, what).toBeLessThan(most); // NaN is not
}

function expectTraces(
  got: Inspection['recurrence'],
  want: readonly (readonly ExpectedTrace[])[],
  offsets: number,
  most = 1e-4,
) {
  expect(got.map((traces) => traces.length)).toEqual(want.map((traces) => traces.length));
  want.forEach((directions, row) =>
    directions.forEach((trace, d) => {
      const what = `utterance ${row}, direction ${d}`;
      const own = got[row]?.[d] as DirectionTrace;
      expect([...own.frames], what).toEqual(trace.frames);
      for (const plane of ['cell', 'output'] as const) {
        const weightsOf = own[plane];
        const wanted = trace[plane];
        expect(weightsOf === undefined, what).toBe(wanted === undefined);
        if (weightsOf === undefined || wanted === undefined) continue;
        expectNear(weightsOf, wanted, most, `${plane} of ${what}`);
        for (let n = 0; n < trace.frames.length; n++) {
          const weights = weightsOf.subarray(n * offsets, (n + 1) * offsets);
          expectNear([weights.reduce((a, b) => a + b, 0)], [1], most, `sum of ${what}`);
        }
      }
      expectNear(own.gates, trace.gates, most, `gates of ${what}`);
    }),
  );
}

const cells: Readonly<Record<string, Partial<RecurrentConfig>>> = {
  'period 5': {},
  'period 1': { period: 1 },
  'offsets without 1, in no order': { offsets: [2, 6, 3], period: 2 },
  'one direction': { bidirectional: false, period: 3 },
  'mean LSTM': { cell: 'mean-lstm', period: 2 },
  'mean LSTM without offset 1': { cell: 'mean-lstm', offsets: [4, 2], period: 1 },
  'plain LSTM': { cell: 'lstm' },
  'A-GRU': { cell: 'a-gru', period: 2 },
  'plain GRU': { cell: 'gru' },
};

const forwards: Readonly<Record<string, RecurrencePlan | undefined>> = {
  'sweep, by rules': undefined,
  steps: { variant: 'steps', rows: 4, units: 4, lanes: 32 },
  // one slice: its workgroups wait for no other, so that it runs on any adapter
  cooperative: { variant: 'cooperative', rows: 4, units: 16, lanes: 32 },
};

describe.for(Object.entries(forwards))('inspection against the f64 twin: %s', ([, forward]) => {
  it.for(Object.entries(cells))('%s', async ([, changes]) => {
    const model = modelOf(changes);
    const batch = randomBatch(model, LENGTHS);
    // several dispatches a sweep
    const plan = planWith(await testEngine(), model, {
      ...(forward && { forward }),
      stepsPerDispatch: 4,
    });
    const { recurrence } = await inspect(model, batch, { plan });
    const want = traceTwin(model, parametersOf(model), batch);
    expectTraces(recurrence, want, model.recurrent.offsets.length);
    const combinations = recurrence.flat().reduce((sum, { frames }) => sum + frames.length, 0);
    expect(combinations > 0).toBe(cellTraits(model.recurrent.cell).combination !== 'none');
  });
});

describe('inspection', () => {
  it.for(Object.entries(cells))('in half precision: %s', async ([, changes], ctx) => {
    needs(ctx, (await testEngine()).gpu, 'shader-f16');
    const model = modelOf(changes);
    const batch = randomBatch(model, LENGTHS);
    const { recurrence } = await inspect(model, batch, { precision: 'f16' });
    const want = traceTwin(model, parametersOf(model), batch);
    expectTraces(recurrence, want, model.recurrent.offsets.length, 1e-2);
  });

  it('weighs by attention: the weights are not all alike', async () => {
    const model = modelOf({ period: 1 });
    const { recurrence } = await inspect(model, randomBatch(model, [20]));
    for (const { cell = new Float32Array(), output } of recurrence[0] ?? []) {
      expect(Math.max(...cell)).toBeGreaterThan(0.5);
      const apart = cell.map((w, i) => Math.abs(w - (output[i] ?? 0)));
      expect(Math.max(...apart)).toBeGreaterThan(0.01);
    }
  });

  it('finds no combination in an utterance shorter than the period', async () => {
    const model = modelOf({ offsets: [3, 2], period: 2 });
    const { recurrence } = await inspect(model, randomBatch(model, [1, 4, 3]));
    expect(recurrence.map((two) => two.map(({ frames }) => [...frames]))).toEqual([
      [[], []],
      [
        [1, 3],
        [0, 2],
      ],
      [[1], [1]],
    ]);
    // step 1 reaches 2 back alone
    expect([...(recurrence[2]?.[0]?.cell ?? [])]).toEqual([0, 1]);
  });

  it('gives what predict gives, and leaves predict as it was', async () => {
    const model = modelOf();
    const batch = randomBatch(model, LENGTHS);
    const other = randomBatch(model, [9, 30], 'another');
    const fresh = await withSession(model, {}, (session) => session.predict(batch));
    await withSession(model, {}, async (session) => {
      const { recurrence, ...inference } = await session.inspect(batch);
      expect(recurrence).toHaveLength(LENGTHS.length);
      expect(inference).toEqual(fresh);
      expect(await session.predict(batch)).toEqual(fresh);
      await session.inspect(other);
      expect(await session.predict(batch)).toEqual(fresh);
      const again = await session.inspect(batch);
      expect(again.recurrence).toEqual(recurrence);
    });
  });

  it('splits a batch for memory, and holds to the budget with predict', async () => {
    const model = modelOf();
    const batch = randomBatch(model, LENGTHS);
    const whole = await withSession(model, {}, async (session) => ({
      inspection: await session.inspect(batch),
      bytes: session.bytes,
    }));
    const memoryBudget = Math.floor(whole.bytes * 0.75);
    await withSession(model, { memoryBudget }, async (session) => {
      const predicted = await session.predict(batch);
      const parts = await session.inspect(batch);
      expect(session.bytes).toBeLessThanOrEqual(memoryBudget); // so it was split
      const want = traceTwin(model, parametersOf(model), batch);
      expectTraces(parts.recurrence, want, model.recurrent.offsets.length);
      expect(parts.recurrence).toEqual(whole.inspection.recurrence);
      expect(await session.predict(batch)).toEqual(predicted);
      expect(session.bytes).toBeLessThanOrEqual(memoryBudget);
    });
  });

  it('refuses a batch that does not fit the model', async () => {
    const model = modelOf();
    const batch = { ...randomBatch(model, [3, 4]), lengths: Int32Array.of(3, 5) };
    await expect(inspect(model, batch)).rejects.toThrow(ConfigError);
  });
});
