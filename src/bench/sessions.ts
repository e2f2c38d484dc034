/** The one place where a benchmark makes sessions, and takes their programs apart. */
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
import { modelOf, shapeText, type BenchShape } from './shape.js';

/** How sessions are made, whatever the shape. */
export interface SessionSettings {
  readonly seed: number;
  /** For every shape. Default: as `planFor` says, or else what the session chooses. */
  readonly plan?: KernelPlan | undefined;
  /** The plan for a shape; asked again for the same one, it has it at hand. */
  readonly planFor?: ((engine: Engine, shape: BenchShape) => Promise<KernelPlan>) | undefined;
  /** Told where the device refuses memory: a batch that is split takes another time. */
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
 * Has the plan for a shape ready, so that the time to tune it is nobody's.
 *
 * @returns undefined where the session chooses
 * @throws ConfigError for a plan that the adapter cannot run
 */
export async function planOf(
  engine: Engine,
  shape: BenchShape,
  { plan, planFor }: SessionSettings,
): Promise<KernelPlan | undefined> {
  if (plan === undefined) return planFor?.(engine, shape);
  checkPlan(plan, modelOf(shape), planTraits(engine.gpu), 'kernel plan');
  return plan;
}

/** A model in training by Adam, its gradients clipped. Throws ConfigError. */
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

/** The plan for a product as large as a benchmark's own: that of a network of hardly anything else. */
export async function productPlan(
  engine: Engine,
  shape: BenchShape,
  settings: SessionSettings,
): Promise<KernelPlan> {
  // the plan alone is wanted: drawing start values for the large network would take seconds
  const small = { ...shape, features: 4, frontendUnits: 4 };
  const session = await inferenceSession(engine, small, { ...settings, planFor: undefined });
  session.destroy();
  return session.plan;
}

/** The programs of one training step, in the order in which it runs them. */
export function stepPrograms(shape: BenchShape, plan: KernelPlan, capacity: BatchCapacity) {
  const model = modelOf(shape);
  return {
    clear: clearProgram(model, plan),
    gradients: gradientProgram(model, plan, capacity),
    update: updateProgram(model, plan, optimizer, CLIP_NORM),
  };
}

/** How one training step splits a batch. Throws AdapterError where one utterance alone does not fit. */
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
