import type { ModelConfig, OptimizerConfig } from '../core/config.js';
import { FormatError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import { isJsonObject, parseJson } from '../core/json.js';
import type { SafetensorsFile, StoredTensor } from '../core/safetensors.js';
import { relativeError, type HostTensor } from '../core/tensor.js';
import type { Engine } from '../gpu/engine.js';
import { parseModelConfig, parseOptimizerConfig } from '../network/model-config.js';
import type { KernelPlan, Precision } from '../plan/plan.js';
import { takesFunctionals } from './batch.js';
import { InferenceSession } from './inference-session.js';
import { TrainingSession } from './training-session.js';
import type { Tensors, TrainingBatch } from './types.js';

/** SPEC section 3: largest relative error allowed; in half precision changes are not compared. */
const TOLERANCES = {
  f32: { output: 1e-4, gradient: 1e-3, change: 1e-2 },
  f16: { output: 1e-2, gradient: 5e-2, change: undefined },
} as const;
type Tolerance = (typeof TOLERANCES)[Precision];

/** How a fixture is run. */
export interface VerifyOptions {
  /** Default: f32, or the plan's. */
  readonly precision?: Precision | undefined;
  readonly plan?: KernelPlan | undefined;
}

/** How far a tensor is from what a fixture expects. */
export interface Comparison {
  readonly tensor: string;
  /** ||got - expected|| / max(||expected||, 1e-6) */
  readonly error: number;
  readonly tolerance: number;
}

interface Fixture {
  readonly model: ModelConfig;
  readonly optimizer: OptimizerConfig;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly parameters: Tensors;
  readonly batch: TrainingBatch;
  readonly steps: number;
  readonly expected: (name: string) => HostTensor;
}

/**
 * Whether a safetensors file is a network fixture (`alstm-fixture-1`).
 *
 * @example
 * const file = readSafetensors(await files.read('fixture.safetensors'));
 * if (isNetworkFixture(file)) console.log(await verifyNetworkFixture(engine, file, 'fixture'));
 */
export function isNetworkFixture(file: SafetensorsFile): boolean {
  return file.metadata['format'] === 'alstm-fixture-1';
}

/** The model of a network fixture. Throws FormatError if it names none, ConfigError if that is invalid. */
export function fixtureModel({ metadata }: SafetensorsFile, source: string): ModelConfig {
  const { config } = metadata;
  if (config === undefined) throw failure(source, 'config is missing');
  return parseModelConfig(parseJson(config, `${source}: config`), source);
}

/**
 * Runs a network fixture on the device: forward, losses, gradients and optimiser steps, and compares
 * every tensor. Throws FormatError if the fixture lacks a tensor.
 *
 * @example
 * const file = readSafetensors(await files.read('fixture.safetensors'));
 * for (const comparison of await verifyNetworkFixture(engine, file, 'fixture'))
 *   console.log(comparison);
 */
export async function verifyNetworkFixture(
  engine: Engine,
  file: SafetensorsFile,
  source: string,
  options: VerifyOptions = {},
): Promise<Comparison[]> {
  const fixture = readFixture(file, source);
  const tolerance = TOLERANCES[options.plan?.precision ?? options.precision ?? 'f32'];
  const found: Comparison[] = [];
  const add = (tensor: string, got: ArrayLike<number>, tolerance: number) => {
    found.push({ tensor, error: relativeError(got, fixture.expected(tensor).data), tolerance });
  };
  await compareOutputs(engine, fixture, options, tolerance, add);
  await compareTraining(engine, fixture, options, tolerance, add, found);
  return found;
}

type Add = (tensor: string, got: ArrayLike<number>, tolerance: number) => void;

async function compareOutputs(
  engine: Engine,
  fixture: Fixture,
  options: VerifyOptions,
  tolerance: Tolerance,
  add: Add,
) {
  const { model, batch, parameters } = fixture;
  const session = InferenceSession.create(engine, model, { parameters, ...options });
  try {
    const { logits, attention, pooled } = await session.predict(batch);
    for (const { task } of model.heads)
      add(`expect/logits/${task}`, logits[task] ?? [], tolerance.output);
    const shape = fixture.expected('expect/pooling/weights').shape;
    const T = shape[1] ?? 0;
    const padded = new Float32Array(batch.lengths.length * T);
    attention.forEach((weights, b) => padded.set(weights, b * T));
    add('expect/pooling/weights', padded, tolerance.output);
    add('expect/pooling/output', pooled, tolerance.output);
  } finally {
    session.destroy();
  }
}

async function compareTraining(
  engine: Engine,
  fixture: Fixture,
  options: VerifyOptions,
  tolerance: Tolerance,
  add: Add,
  found: Comparison[],
) {
  const { model, batch, parameters, optimizer, clipNorm, learningRate } = fixture;
  const session = await TrainingSession.create(engine, model, {
    parameters,
    ...options,
    optimizer,
    clipNorm,
  });
  try {
    const gradients = await session.gradients(batch);
    const losses = await session.readLosses();
    for (const { task } of model.heads)
      add(`expect/loss/${task}`, [losses.tasks[task] ?? NaN], tolerance.output);
    add('expect/loss/total', [losses.total], tolerance.output);
    for (const name of Object.keys(parameters)) {
      add(`expect/grad/${name}`, gradients[name]?.data ?? [], tolerance.gradient);
    }
    const trajectory: number[] = [];
    for (let step = 0; step < fixture.steps; step++) {
      await session.step(batch, learningRate);
      const { total, skipped } = await session.readLosses();
      trajectory.push(skipped > 0 ? NaN : total); // a skipped update is a failure, however finite the loss
    }
    add('expect/trajectory', trajectory, tolerance.output);
    if (tolerance.change === undefined) return;
    const after = await session.parameters();
    for (const [name, { data: before }] of Object.entries(parameters)) {
      const tensor = `expect/param_after/${name}`;
      const expected = fixture.expected(tensor).data;
      const change = (values: ArrayLike<number>) =>
        Float64Array.from(before, (value, i) => (values[i] ?? NaN) - value);
      const error = relativeError(change(after[name]?.data ?? []), change(expected));
      found.push({ tensor, error, tolerance: tolerance.change });
    }
  } finally {
    session.destroy();
  }
}

function failure(source: string, what: string): FormatError {
  return new FormatError(`${source}: ${what}`, 'regenerate it with the oracle');
}

function readFixture(file: SafetensorsFile, source: string): Fixture {
  const fail = (what: string) => failure(source, what);
  const any = (name: string): HostTensor => {
    const stored: StoredTensor | undefined = file.tensors.get(name);
    if (!stored) throw fail(`tensor '${name}' is missing`);
    if (stored.dtype !== 'F32' && stored.dtype !== 'I32')
      throw fail(`'${name}' is ${stored.dtype}`);
    return stored;
  };
  const tensor = (name: string): HostTensor => {
    const stored = any(name);
    stored.data.forEach((value, i) => {
      if (!Number.isFinite(value)) throw fail(`'${name}' holds ${value} at ${i}`);
    });
    return stored;
  };
  const { optimizer } = file.metadata;
  if (optimizer === undefined) throw fail('optimizer is missing');
  const model = fixtureModel(file, source);
  const { learningRate, clipNorm, rule } = readOptimizer(optimizer, source, fail);
  const parameters: Record<string, HostTensor> = {};
  for (const name of file.tensors.keys()) {
    if (name.startsWith('param/')) parameters[name.slice('param/'.length)] = tensor(name);
  }
  const padded = tensor('input/features');
  const lengths = Int32Array.from(tensor('input/lengths').data);
  const [, T = 0, F = 0] = padded.shape;
  const frames = lengths.reduce((a, b) => a + b, 0);
  const features = new Float32Array(frames * F);
  let at = 0;
  lengths.forEach((length, b) => {
    features.set(padded.data.subarray(b * T * F, (b * T + length) * F), at);
    at += length * F;
  });
  const targets = Object.fromEntries(
    model.heads.map((head) => {
      const name = `target/${head.task}`; // a number may be NaN: unlabelled
      const own = isRegression(head)
        ? Float32Array.from(any(name).data)
        : Int32Array.from(tensor(name).data);
      return [head.task, own];
    }),
  );
  const given = takesFunctionals(model) && Float32Array.from(tensor('input/functionals').data);
  return {
    model,
    optimizer: rule,
    learningRate,
    clipNorm,
    parameters,
    batch: {
      ...{ features, lengths, utterances: Uint32Array.from(lengths.keys()), targets },
      ...(given && { functionals: given }),
    },
    steps: tensor('expect/trajectory').data.length,
    expected: tensor,
  };
}

/** A fixture's optimiser: its settings, plus `lr` and `clip_norm`. */
function readOptimizer(text: string, source: string, fail: (what: string) => FormatError) {
  const json = parseJson(text, `${source}: optimizer`);
  if (!isJsonObject(json)) throw fail('optimizer is not an object');
  const { lr: learningRate, clip_norm: clipNorm = 0, ...own } = json;
  if (typeof learningRate !== 'number' || typeof clipNorm !== 'number') {
    throw fail("optimizer: 'lr' and 'clip_norm' must be numbers");
  }
  return { learningRate, clipNorm, rule: parseOptimizerConfig(own, source, ['optimizer']) };
}
