import { conditionNames } from '../../core/choices.js';
import { Random } from '../../core/random.js';
import type { Condition } from './condition.js';
import { echo } from './echo.js';
import { level } from './level.js';
import { noise } from './noise.js';
import { telephone } from './telephone.js';

export { conditionNames };
/**
 * A condition that a recording can be put under, by its name.
 *
 * @example
 * const conditions: ConditionName[] = ['noise', 'telephone'];
 * await train({ manifest: 'speech.csv', out: 'runs/first', conditions });
 */
export type ConditionName = (typeof conditionNames)[number];

const conditions: Readonly<Record<ConditionName, Condition>> = { echo, noise, telephone, level };

/** As after "with": `an echo`. */
export function conditionTitle(name: ConditionName): string {
  return conditions[name].title;
}

/**
 * A recording as it sounds under a condition, for training on more than clean speech (multi-condition training) and for
 * measuring what is lost. What differs from one recording to the next, such as the room, follows from the recording
 * alone: it is the same in every run.
 *
 * @example
 * const noisy = await underCondition('noise', samples, 16_000, 'speech');
 * console.log(noisy.length === samples.length);
 *
 * @param samples mono, [N]
 * @param rate in Hz
 * @param digest SHA-256 of the recording
 * @returns [N]
 */
export async function underCondition(
  name: ConditionName,
  samples: Float32Array,
  rate: number,
  digest: string,
): Promise<Float32Array> {
  return conditions[name].apply(samples, rate, new Random(0, `${name} ${digest}`));
}
