import { z } from 'zod';
import { scheduleNames } from '../core/choices.js';
import { ConfigError } from '../core/errors.js';
import { checkSchema, integer, object, oneOf, real } from '../core/schema.js';

interface Warmup {
  /** Steps over which the rate first rises linearly to the learning rate; default 0. */
  readonly warmup: number;
  /** The same as a share of all steps, in place of `warmup`. */
  readonly warmupShare?: number;
}

/** The learning rate throughout. */
export interface ConstantSchedule extends Warmup {
  readonly name: 'constant';
}

/** Half a cosine down to the rate `minimum` at the end of the last epoch (Loshchilov, Hutter 2017). */
export interface CosineSchedule extends Warmup {
  readonly name: 'cosine';
  /** Default 0. */
  readonly minimum: number;
}

/** Times `gamma` after every `every` epochs: PyTorch's StepLR. */
export interface StepSchedule extends Warmup {
  readonly name: 'step';
  /** Default 10. */
  readonly every: number;
  /** Default 0.1. */
  readonly gamma: number;
}

/** Times `gamma` after every epoch: PyTorch's ExponentialLR. */
export interface ExponentialSchedule extends Warmup {
  readonly name: 'exponential';
  /** Default 0.95. */
  readonly gamma: number;
}

/** How the learning rate changes in the course of training. */
export type ScheduleConfig = ConstantSchedule | CosineSchedule | StepSchedule | ExponentialSchedule;

const rise = {
  warmup: integer(0).default(0),
  warmupShare: real({ from: 0, to: 1 }).exactOptional(),
};
const factor = real({ over: 0, to: 1 });

const schedules = {
  constant: object({ name: z.literal('constant'), ...rise }),
  cosine: object({ name: z.literal('cosine'), ...rise, minimum: real({ from: 0 }).default(0) }),
  step: object({
    name: z.literal('step'),
    ...rise,
    every: integer(1).default(10),
    gamma: factor.default(0.1),
  }),
  exponential: object({ name: z.literal('exponential'), ...rise, gamma: factor.default(0.95) }),
} satisfies Record<ScheduleConfig['name'], z.ZodType<ScheduleConfig>>;

export { scheduleNames };

const named = z.looseObject({ name: oneOf(scheduleNames) }, 'an object');

/**
 * Checks a schedule: its `name`, and any of its settings; the others take their defaults.
 *
 * @throws ConfigError naming the field, or for a warm-up in steps and as a share
 */
export function parseSchedule(
  json: unknown,
  source: string,
  at: readonly string[] = [],
): ScheduleConfig {
  const { name } = checkSchema(named, json, source, at);
  const schema: z.ZodType<ScheduleConfig> = schedules[name];
  const { warmupShare = 0, ...given } = checkSchema(schema, json, source, at);
  if (warmupShare === 0) return given;
  if (given.warmup === 0) return { ...given, warmupShare };
  throw new ConfigError(
    `${source}: ${[...at, 'warmup'].join('.')} and warmupShare were both given`,
    'Give the steps or their share.',
  );
}

/** The lengths that a schedule depends on. */
export interface ScheduleSpan {
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/**
 * The learning rate of a step.
 *
 * @param peak the learning rate that the schedule scales
 * @param step from 0
 */
export function learningRateAt(
  schedule: ScheduleConfig,
  peak: number,
  step: number,
  { stepsPerEpoch, epochs }: ScheduleSpan,
): number {
  const { warmupShare } = schedule;
  const all = stepsPerEpoch * epochs;
  const warmup = warmupShare === undefined ? schedule.warmup : Math.round(warmupShare * all);
  const rise = Math.min(1, (step + 1) / Math.max(1, warmup));
  return rise * decayed({ ...schedule, warmup }, peak, step, { stepsPerEpoch, epochs });
}

function decayed(
  schedule: ScheduleConfig,
  peak: number,
  step: number,
  { stepsPerEpoch, epochs }: ScheduleSpan,
): number {
  const epoch = Math.floor(step / stepsPerEpoch);
  switch (schedule.name) {
    case 'constant':
      return peak;
    case 'cosine': {
      const { warmup, minimum } = schedule;
      const share = (step - warmup) / Math.max(1, stepsPerEpoch * epochs - warmup);
      const angle = Math.PI * Math.min(1, Math.max(0, share));
      return minimum + ((peak - minimum) * (1 + Math.cos(angle))) / 2;
    }
    case 'step':
      return peak * schedule.gamma ** Math.floor(epoch / schedule.every);
    case 'exponential':
      return peak * schedule.gamma ** epoch;
  }
}
