/** Fields of features in files; apart from what computes them: a worker thread must not have to load zod. */
import { listOf, oneOf, real } from '../core/schema.js';
import { conditionNames } from './conditions/conditions.js';
import { speedBounds } from './speed.js';

/**
 * `trimDb`: null keeps all frames.
 *
 * @internal
 */
export const trimDbSchema = real({ from: 0 }).nullable();

/**
 * `speeds`: distinct, and not 1, which is the recording itself.
 *
 * @internal
 */
export const speedsSchema = listOf(
  real(speedBounds).refine((speed) => speed !== 1, 'a speed other than 1'),
).refine((speeds) => new Set(speeds).size === speeds.length, 'a list of distinct speeds');

/**
 * `conditions`: distinct names.
 *
 * @internal
 */
export const conditionsSchema = listOf(oneOf(conditionNames)).refine(
  (names) => new Set(names).size === names.length,
  'a list of distinct conditions',
);
