import { describe, expect, it } from 'vitest';
import { ccc } from '../../src/kernels/heads/ccc.js';
import { cccMoments, MOMENTS } from '../../src/kernels/heads/ccc_moments.js';
import { mse } from '../../src/kernels/heads/mse.js';
import { cccLoss, mseLoss } from '../../src/metrics/regression.js';
import { testGpu } from '../support/gpu.js';
import { expectOthersUntouched, ownColumns, type Columns } from '../support/columns.js';
import { Draw, expectClose, runKernel } from '../support/kernel.js';

const at = (values: ArrayLike<number>, i: number) => values[i] ?? NaN;
/** Between the columns of two other heads. */
const COLUMNS: Columns = { stride: 12, first: 4, columns: 4 };
const { stride: STRIDE, first: FIRST } = COLUMNS;

/** Outputs and targets about `centre`; some rows are unlabelled. */
function drawRows(draw: Draw, rows: number, centre: number, spread = 1) {
  const logits = draw
    .values(rows * STRIDE)
    .map((x, i) => (i % STRIDE === FIRST ? centre + 3 * x : x));
  const targets = draw
    .values(rows, spread)
    .map((y) => (rows > 2 && draw.size(0, 4) === 0 ? NaN : centre + y));
  const outputs = Array.from({ length: rows }, (_, b) => at(logits, b * STRIDE + FIRST));
  return { rows, logits, targets, outputs, bits: new Uint32Array(targets.buffer) };
}

const labelledOf = (targets: Float32Array) => targets.filter((y) => !Number.isNaN(y));
const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** [rows, 4]: the derivative of a loss of the outputs by central differences; other columns 0. */
function gradientOf(outputs: readonly number[], loss: (x: readonly number[]) => number) {
  const gradient = new Float64Array(outputs.length * 4);
  outputs.forEach((_, b) => {
    const moved = (by: number) => loss(outputs.map((x, i) => (i === b ? x + by : x)));
    gradient[b * 4] = (moved(1e-4) - moved(-1e-4)) / 2e-4;
  });
  return gradient;
}

describe('mse', () => {
  it('is the mean over labelled rows, and its gradient by central differences', async () => {
    const draw = new Draw('mse');
    for (const rows of [1, 2, 5, 64, 150]) {
      const { logits, targets, bits, outputs } = drawRows(draw, rows, rows === 5 ? 1000 : 0);
      const n = labelledOf(targets).length;
      const before = draw.values(4);
      const result = await runKernel(await testGpu(), mse, {
        uniforms: {
          ...{ rows, ...COLUMNS, slot: 1, slots: 4 },
          inverse_norm: n > 0 ? 1 / n : 0,
          gradient_scale: n > 0 ? 0.7 / n : 0,
        },
        buffers: {
          outputs: logits,
          targets: bits,
          loss_scale: Float32Array.of(4, 0, 0, 0),
          d_outputs: rows * STRIDE,
          losses: before,
        },
      });
      const gradient = gradientOf(outputs, (x) => 4 * 0.7 * mseLoss(x, targets));
      expectClose(ownColumns(result['d_outputs'], COLUMNS), gradient, 1e-5, 'd_outputs');
      expectOthersUntouched(result['d_outputs'], COLUMNS);
      const loss = mseLoss(outputs, targets);
      const expected = Float64Array.from(before, (x, i) => (i === 1 ? x + loss : x));
      expectClose(result['losses'], expected, 1e-5, 'losses');
    }
  });
});

describe('ccc', () => {
  const shiftOf = (targets: Float32Array) => Math.fround(meanOf(labelledOf(targets)));

  /** Moments of rows [from, to), merged with others if there are some. */
  async function momentsOf(
    { logits, bits, targets }: ReturnType<typeof drawRows>,
    from: number,
    to: number,
    before?: Float32Array,
  ): Promise<Float32Array> {
    const { moments } = await runKernel(await testGpu(), cccMoments, {
      uniforms: {
        ...{ rows: to - from, stride: STRIDE, first: FIRST },
        ...{ shift: shiftOf(targets), merge: before ? 1 : 0 },
      },
      buffers: {
        outputs: logits.slice(from * STRIDE, to * STRIDE),
        targets: bits.slice(from, to),
        moments: before ?? new Float32Array(MOMENTS).fill(7),
      },
    });
    return moments ?? new Float32Array();
  }

  /** In float64. */
  function twinOf({ outputs, targets }: ReturnType<typeof drawRows>): number[] {
    const shift = shiftOf(targets);
    const rows = outputs.map((x, b) => [x - shift, at(targets, b) - shift] as const);
    const own = rows.filter(([, y]) => !Number.isNaN(y));
    const [mx, my] = [meanOf(own.map(([x]) => x)), meanOf(own.map(([, y]) => y))];
    const sum = (term: (x: number, y: number) => number) =>
      own.reduce((total, [x, y]) => total + term(x - mx, y - my), 0);
    return [
      ...[own.length, mx, my],
      ...[sum((x) => x * x), sum((_, y) => y * y), sum((x, y) => x * y)],
    ];
  }

  for (const [name, centre, spread] of [
    ['about 0', 0, 1],
    ['about 1000', 1000, 1],
    ['about 1000 and close together', 1000, 0.05],
  ] as const) {
    it(`gathers moments ${name}, in one piece and in several`, async () => {
      const draw = new Draw(`ccc moments ${name}`);
      for (const rows of [2, 3, 40, 150]) {
        const drawn = drawRows(draw, rows, centre, spread);
        const expected = twinOf(drawn);
        const whole = await momentsOf(drawn, 0, rows);
        const cuts = [0, 1, Math.ceil(rows / 2), rows];
        let merged: Float32Array | undefined;
        for (let i = 1; i < cuts.length; i++) {
          merged = await momentsOf(drawn, at(cuts, i - 1), at(cuts, i), merged);
        }
        for (const found of [whole, merged]) {
          expected.forEach((value, i) => {
            // a mean about 0 is as exact as the values about it
            const scale = i === 1 || i === 2 ? Math.max(1, Math.abs(value)) : Math.abs(value);
            expect(Math.abs(at(found ?? [], i) - value), `${rows} rows, value ${i}`).toBeLessThan(
              1e-5 * scale + 1e-12,
            );
          });
        }
      }
    });

    it(`is 1 - CCC ${name}, and its gradient by central differences`, async () => {
      const draw = new Draw(`ccc ${name}`);
      for (const rows of [2, 5, 40, 150]) {
        const drawn = drawRows(draw, rows, centre, spread);
        const { logits, bits, targets, outputs } = drawn;
        const before = draw.values(4);
        const result = await runKernel(await testGpu(), ccc, {
          uniforms: {
            ...{ rows, ...COLUMNS, slot: 2, slots: 4 },
            ...{ shift: shiftOf(targets), weight: 0.6 },
          },
          buffers: {
            outputs: logits,
            targets: bits,
            moments: await momentsOf(drawn, 0, rows),
            loss_scale: Float32Array.of(8, 0, 0, 0),
            d_outputs: rows * STRIDE,
            losses: before,
          },
        });
        const gradient = gradientOf(outputs, (x) => 8 * 0.6 * cccLoss(x, targets));
        expectClose(ownColumns(result['d_outputs'], COLUMNS), gradient, 1e-4, 'd_outputs');
        expectOthersUntouched(result['d_outputs'], COLUMNS);
        const loss = cccLoss(outputs, targets);
        const expected = Float64Array.from(before, (x, i) => (i === 2 ? x + loss : x));
        expectClose(result['losses'], expected, 1e-5, 'losses');
      }
    });
  }

  it.for([
    ['one labelled row', [5, 2, 3], [NaN, 1, NaN], 0],
    ['no labelled row', [5, 2, 3], [NaN, NaN, NaN], 0],
    ['one value everywhere', [2, 2, 2], [2, 2, 2], 1],
  ] as const)('has no gradient for %s', async ([, x, y, loss]) => {
    const logits = Float32Array.from({ length: 3 * STRIDE }, (_, i) =>
      i % STRIDE === FIRST ? at(x, Math.floor(i / STRIDE)) : 0,
    );
    const targets = Float32Array.from(y);
    const drawn = {
      rows: 3,
      logits,
      targets,
      outputs: [...x],
      bits: new Uint32Array(targets.buffer),
    };
    const result = await runKernel(await testGpu(), ccc, {
      uniforms: { rows: 3, ...COLUMNS, slot: 0, slots: 1, shift: shiftOf(targets), weight: 1 },
      buffers: {
        outputs: logits,
        targets: drawn.bits,
        moments: await momentsOf(drawn, 0, 3),
        loss_scale: Float32Array.of(1, 0, 0, 0),
        d_outputs: 3 * STRIDE,
        losses: new Float32Array(1),
      },
    });
    expect([...ownColumns(result['d_outputs'], COLUMNS)]).toEqual(new Array(12).fill(0));
    expect(result['losses']?.[0]).toBe(loss);
    expect(cccLoss(x, y)).toBe(loss);
  });

  it('is not finite where an output is not', async () => {
    const logits = new Float32Array(3 * STRIDE);
    [1, NaN, 2].forEach((x, b) => (logits[b * STRIDE + FIRST] = x));
    const targets = Float32Array.of(1, 2, 3);
    const bits = new Uint32Array(targets.buffer);
    const drawn = { rows: 3, logits, targets, outputs: [1, NaN, 2], bits };
    const result = await runKernel(await testGpu(), ccc, {
      uniforms: { rows: 3, ...COLUMNS, slot: 0, slots: 1, shift: 2, weight: 1 },
      buffers: {
        outputs: logits,
        targets: bits,
        moments: await momentsOf(drawn, 0, 3),
        loss_scale: Float32Array.of(1, 0, 0, 0),
        d_outputs: 3 * STRIDE,
        losses: new Float32Array(1),
      },
    });
    expect(Number.isFinite(result['losses']?.[0])).toBe(false);
  });
});
