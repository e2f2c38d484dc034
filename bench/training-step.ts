/**
 * How long a training step takes: a batch of made-up features through TrainingSession.step, again and
 * again, timed over blocks of steps whose losses are waited for. Prints one line of JSON.
 *
 *     npx tsc --noEmit false --outDir .cache/bench
 *     ln -sfn ../../shaders .cache/bench/shaders
 *     node .cache/bench/bench/training-step.js [--batch 32] [--frames 200] [--units 128]
 *       [--frontend-units 256] [--cells lstm,a-lstm] [--seconds 10] [--adapter gpu] [--cache DIR]
 */
import { parseArgs } from 'node:util';
import type { Cell, ModelConfig } from '../src/core/config.js';
import { Random } from '../src/core/random.js';
import { TrainingSession } from '../src/engine/training-session.js';
import type { TrainingBatch } from '../src/engine/types.js';
import type { Engine } from '../src/gpu/engine.js';
import { initialParameters } from '../src/network/init.js';
import { parseModelConfig, presetModel } from '../src/network/model-config.js';
import { openEngine } from '../src/platform/node-engine.js';
import { adapterChoices } from '../src/platform/node.js';

const classes = { emotion: 4, speaker: 8, gender: 2 };
const optimizer = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;
/** A block is so many steps that it takes about this long: a loss read at its end costs little. */
const BLOCK_MS = 500;

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    frames: { type: 'string', default: '200' },
    units: { type: 'string', default: '128' },
    'frontend-units': { type: 'string', default: '256' },
    cells: { type: 'string', default: 'lstm,a-lstm' },
    seconds: { type: 'string', default: '10' },
    adapter: { type: 'string' },
    cache: { type: 'string' },
  },
});
const shape = {
  batch: Number(values.batch),
  frames: Number(values.frames),
  units: Number(values.units),
  frontendUnits: Number(values['frontend-units']),
};

function modelOf(cell: string): ModelConfig {
  const preset = presetModel('tao-liu-2018', classes);
  const recurrent = { ...preset.recurrent, cell: cell as Cell, units: shape.units };
  const frontend = { units: shape.frontendUnits };
  return parseModelConfig({ ...preset, frontend, recurrent }, 'options');
}

function madeUpBatch(): TrainingBatch {
  const { batch, frames } = shape;
  const random = new Random(0, 'bench');
  const draw = (count: number): Int32Array =>
    Int32Array.from({ length: batch }, () => random.integer(count));
  return {
    features: Float32Array.from({ length: batch * frames * 36 }, () => random.normal()),
    lengths: new Int32Array(batch).fill(frames),
    utterances: Uint32Array.from({ length: batch }, (_, i) => i),
    targets: {
      emotion: draw(classes.emotion),
      speaker: draw(classes.speaker),
      gender: draw(classes.gender),
    },
  };
}

interface Timing {
  readonly cell: string;
  /** With the compilation of every kernel. */
  readonly firstStepMs: number;
  readonly steps: number;
  /** Of the blocks' means. */
  readonly medianMs: number;
  readonly fastestMs: number;
  readonly framesPerSecond: number;
  readonly submits: number;
  readonly bytes: number;
  readonly loss: number;
  readonly plan: unknown;
}

async function timeSteps(engine: Engine, cell: string, seconds: number): Promise<Timing> {
  const model = modelOf(cell);
  const session = await TrainingSession.create(engine, model, {
    parameters: initialParameters(model, 0),
    optimizer,
    clipNorm: 5,
  });
  const batch = madeUpBatch();
  /** Milliseconds a step, over so many. */
  const block = async (steps: number): Promise<number> => {
    const began = performance.now();
    for (let i = 0; i < steps; i++) await session.step(batch, 1e-3);
    loss = (await session.takeLosses()).total;
    return (performance.now() - began) / steps;
  };
  let loss = NaN;
  try {
    const firstStepMs = await block(1);
    await block(1); // lavapipe compiles at the first dispatch, a GPU warms up
    const steps = Math.max(1, Math.round(BLOCK_MS / (await block(1))));
    const times: number[] = [];
    const end = performance.now() + 1000 * seconds;
    do times.push(await block(steps));
    while (performance.now() < end);
    if (!Number.isFinite(loss)) throw new Error(`${cell}: the loss is ${loss}`);
    times.sort((a, b) => a - b);
    const medianMs = times[Math.floor(times.length / 2)] ?? NaN;
    return {
      cell,
      firstStepMs,
      steps: times.length * steps,
      medianMs,
      fastestMs: times[0] ?? NaN,
      framesPerSecond: (1000 * shape.batch * shape.frames) / medianMs,
      submits: session.submits,
      bytes: session.bytes,
      loss,
      plan: session.plan,
    };
  } finally {
    session.destroy();
  }
}

const adapter = adapterChoices.find((choice) => choice === values.adapter);
if (adapter === undefined && values.adapter !== undefined) {
  throw new Error(`--adapter ${values.adapter}: want one of ${adapterChoices.join(', ')}`);
}
const engine = await openEngine({ adapter, cache: values.cache });
try {
  const timings: Timing[] = [];
  for (const cell of values.cells.split(',')) {
    timings.push(await timeSteps(engine, cell, Number(values.seconds)));
  }
  const { name, driver } = engine.gpu.adapter;
  console.log(JSON.stringify({ adapter: name, driver, shape, timings }));
} finally {
  engine.close();
}
