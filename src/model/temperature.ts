import { UsageError } from '../core/errors.js';
import { isRegression } from '../core/heads.js';
import type { TrainedModel } from './folder.js';

/**
 * A model whose probabilities of a task are those at a temperature T, softmax(logits / T): the weights and bias of the task's
 * output are divided by T, so that every program that runs the model, exported or not, gives them. Its confidence was
 * measured before, and is dropped.
 *
 * @example
 * const trained = await readModel(files, 'runs/first');
 * await writeModel(files, 'models/calibrated', withTemperature(trained, 'emotion', 1.5));
 *
 * @param temperature above 0, as `fitTemperature` finds it
 * @throws UsageError for a task without a head of classes, or a temperature that is not a positive number
 */
export function withTemperature(
  trained: TrainedModel,
  task: string,
  temperature: number,
): TrainedModel {
  const head = trained.model.heads.find((own) => own.task === task);
  if (head === undefined || isRegression(head)) {
    throw new UsageError(
      `the model has no classes for the task ${JSON.stringify(task)}`,
      'Name one of its tasks of classes.',
    );
  }
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new UsageError(`the temperature ${temperature} is not valid`, 'Give a number above 0.');
  }
  const divided = ['weight', 'bias'].map((name) => {
    const key = `heads.${task}.output.${name}`;
    const { shape, data } = trained.parameters[key]!;
    return [key, { shape, data: Float32Array.from(data, (x) => x / temperature) }] as const;
  });
  const parameters = { ...trained.parameters, ...Object.fromEntries(divided) };
  const tempered: { -readonly [K in keyof TrainedModel]: TrainedModel[K] } = {
    ...trained,
    parameters,
  };
  delete tempered.confidence;
  return tempered;
}
