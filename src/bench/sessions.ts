/** The only module where benchmarks create sessions and inspect their programs. */
import type { Split } from '../session/batch.js';
import { InferenceSession } from '../session/inference-session.js';
import { TrainingSession } from '../session/training-session.js';
import { trainingSplit } from '../session/training-split.js';
import type { Gpu } from '../gpu/device.js';
import type { Engine } from '../gpu/engine.js';
import type { Program } from '../graph/types.js';
import type { BatchCapacity } from '../network/time.js';
import { initialParameters } from '../network/init.js';
import type { KernelPlan } from '../plan/plan.js';
import { checkPlan } from '../plan/check.js';
import {
  clearProgram,
  gradientProgram,
  inferenceProgram,
  updateProgram,
} from '../network/programs.js';
import { planTraits } from '../session/plan-traits.js';
import { checkResidency } from '../session/residency.js';
import { modelOf, shapeText, type BenchShape } from './shape.js';

/** Settings of sessions for any shape. */
export interface SessionSettings {
  readonly seed: number;
  /** For every shape. Default: from `planFor`, or else chosen by the session. */
  readonly plan?: KernelPlan | undefined;
  /** The plan for a shape; must cache it for repeated calls. */
  readonly planFor?: ((engine: Engine, shape: BenchShape) => Promise<KernelPlan>) | undefined;
  /** Called when the device refuses memory: a split batch takes a different time. */
  readonly log?: ((line: string) => void) | undefined;
}

const optimizer = { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;
const CLIP_NORM = 5;

async function optionsOf(engine: Engine, shape: BenchShape, settings: SessionSettings) {
  const model = modelOf(shape);
  const plan = await planOf(engine, shape, settings);
  return {
    parameters: initialParameters(model, settings.seed),
    precision: shape.precision,
    plan,
    log: settings.log && ((line: string) => settings.log?.(`${shapeText(shape)}: ${line}`)),
  };
}

/**
 * Prepares the plan for a shape, so that the time to tune it is not measured.
 *
 * @returns undefined if the session chooses
 * @throws ConfigError for a plan that the adapter cannot run
 */
export async function planOf(
  engine: Engine,
  shape: BenchShape,
  { plan, planFor }: SessionSettings,
): Promise<KernelPlan | undefined> {
  if (plan === undefined) return planFor?.(engine, shape);
  const model = modelOf(shape);
  checkPlan(plan, model, planTraits(engine.gpu), 'kernel plan');
  await checkResidency(engine, model, plan, shape.batch, 'kernel plan');
  return plan;
}

/** A model in training with Adam and gradient clipping. Throws ConfigError. */
export async function trainingSession(
  engine: Engine,
  shape: BenchShape,
  settings: SessionSettings,
): Promise<TrainingSession> {
  const options = await optionsOf(engine, shape, settings);
  return TrainingSession.create(engine, modelOf(shape), {
    ...options,
    optimizer,
    clipNorm: CLIP_NORM,
    seed: settings.seed,
  });
}

/** Throws ConfigError. */
export async function inferenceSession(
  engine: Engine,
  shape: BenchShape,
  settings: SessionSettings,
): Promise<InferenceSession> {
  const options = await optionsOf(engine, shape, settings);
  return InferenceSession.create(engine, modelOf(shape), options);
}

/** The plan for a matmul as large as a benchmark's own: that of a network that is little else. */
export async function productPlan(
  engine: Engine,
  shape: BenchShape,
  settings: SessionSettings,
): Promise<KernelPlan> {
  // only the plan is needed: drawing start values for the large network would take seconds
  const small = { ...shape, features: 4, frontendUnits: 4 };
  const session = await inferenceSession(engine, small, { ...settings, planFor: undefined });
  session.destroy();
  return session.plan;
}

/** The programs of one training step, in execution order. */
export function stepPrograms(shape: BenchShape, plan: KernelPlan, capacity: BatchCapacity) {
  const model = modelOf(shape);
  return {
    clear: clearProgram(model, plan),
    gradients: gradientProgram(model, plan, capacity),
    update: updateProgram(model, plan, optimizer, CLIP_NORM),
  };
}

/** How one training step splits a batch. Throws AdapterError if a single utterance does not fit. */
export function stepSplit(
  gpu: Pick<Gpu, 'limits'>,
  shape: BenchShape,
  plan: KernelPlan,
  lengths: Int32Array,
): Split {
  return trainingSplit(gpu, { model: modelOf(shape), plan, optimizer }, lengths);
}

export function forwardProgram(
  shape: BenchShape,
  plan: KernelPlan,
  capacity: BatchCapacity,
): Program {
  return inferenceProgram(modelOf(shape), plan, capacity);
}
