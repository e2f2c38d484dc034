import type { EpochLog } from '../runs/log.js';
import type { TrainProgress } from '../training/trainer.js';
import type { Cli } from './cli.js';
import type { Progress } from './progress.js';

/** Shows training progress: a bar per epoch, and a line at its end. */
export function showTraining(cli: Cli, name = ''): (progress: TrainProgress) => void {
  let bar: { readonly epoch: number; readonly progress: Progress } | undefined;
  const prefix = name === '' ? '' : `${name}  `;
  return (told) => {
    if (told.kind === 'epoch') {
      cli.log(prefix + epochText(told.log));
      return;
    }
    const { epoch, epochs, batch, batches, loss, framesPerSecond } = told;
    if (bar?.epoch !== epoch) {
      bar = { epoch, progress: cli.startProgress(`${prefix}epoch ${epoch}/${epochs}`, batches) };
    }
    bar.progress.update(batch, `loss ${loss.toFixed(3)}  ${framesPerSecond.toFixed(0)} frames/s`);
  };
}

function scoreText({ accuracy, ccc, rmse }: NonNullable<EpochLog['validation']>): string {
  if (accuracy !== undefined) return `accuracy ${accuracy.toFixed(3)}`;
  return `CCC ${(ccc ?? NaN).toFixed(3)}  RMSE ${(rmse ?? NaN).toFixed(3)}`;
}

export function epochText({ epoch, train, validation, ...rest }: EpochLog): string {
  const { learningRate, framesPerSecond, seconds, best, skipped = 0 } = rest;
  return [
    `epoch ${String(epoch).padStart(3)}`,
    `loss ${train.total.toFixed(3)}`,
    ...(validation ? [`validation ${validation.total.toFixed(3)}`, scoreText(validation)] : []),
    `lr ${learningRate.toPrecision(3)}`,
    ...(skipped > 0 ? [`${skipped} updates skipped`] : []),
    `${framesPerSecond.toFixed(0)} frames/s`,
    `${seconds.toFixed(1)} s${best && validation ? '  best so far' : ''}`,
  ].join('  ');
}
