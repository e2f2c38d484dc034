import { logCsv } from '../../runs/log-csv.js';
import type { EpochLog } from '../../runs/log.js';
import { Curves } from '../charts/curves.js';
import type { Picture } from '../charts/picture.js';
import { byId, digits, fixed, percent, show } from '../dom.js';
import { t } from '../language/words.js';
import type { WorkerEvent } from '../protocol.js';

type Point = readonly [epoch: number, value: number];

/** Loss and accuracy during training. */
export class TrainProgressView {
  readonly #numbers = byId('train-numbers', HTMLElement);
  readonly #bar = byId('train-progress', HTMLProgressElement);
  readonly #loss = new Curves(byId('loss-curves', HTMLElement), {
    title: t().train.loss,
    x: t().train.epoch,
    y: { zero: true, nice: true },
  });
  readonly #accuracy = new Curves(byId('accuracy-curves', HTMLElement), {
    title: t().train.validation,
    x: t().train.epoch,
    y: { domain: [0, 1], tickFormat: percentTick },
  });
  #epochs = 1;
  #steps: Point[] = [];
  #log: EpochLog[] = [];

  /** @param log of the epochs done before */
  begin(epochs: number, log: readonly EpochLog[]): void {
    this.#epochs = epochs;
    this.#log = [...log];
    this.#steps = log.map(({ epoch, train }) => [epoch, train.total]);
    this.#bar.value = log.length / epochs;
    this.#numbers.textContent = '';
    show(byId('training', HTMLElement), true);
    this.#draw();
  }

  /** The curves, to be saved; undefined before the first epoch. */
  get picture(): Picture | undefined {
    const last = this.#log.at(-1);
    if (last === undefined) return undefined;
    const accuracy = last.validation?.accuracy;
    const line = [
      t().train.sofar(last.epoch, this.#epochs, digits(last.train.total)),
      ...(accuracy === undefined ? [] : [t().train.right(percent(accuracy))]),
    ];
    return {
      title: t().train.title,
      lines: [line.join('; ')],
      figures: (width) => [this.#loss.figure(width), this.#accuracy.figure(width)],
    };
  }

  /** A row an epoch, as the command line writes it; undefined before the first. */
  get csv(): string | undefined {
    const [first] = this.#log;
    return first && logCsv(this.#log, Object.keys(first.train.tasks));
  }

  take(event: WorkerEvent): void {
    if (event.kind === 'resumed') this.begin(event.epochs, event.log);
    else if (event.kind === 'step') {
      const { share, loss, epoch, epochs, step, framesPerSecond } = event;
      this.#steps.push([share * epochs, loss]);
      this.#bar.value = share;
      this.#numbers.textContent = t().train.atStep(epoch, epochs, step, digits(framesPerSecond));
      this.#draw();
    } else if (event.kind === 'epoch') {
      // after a loss of the device some come again
      this.#log = [...this.#log.filter((own) => own.epoch < event.log.epoch), event.log];
      // The mean over the whole epoch replaces that over a part of it.
      const { epoch, train } = event.log;
      this.#steps = this.#steps.filter(([at]) => at < epoch - 1e-9);
      this.#steps.push([epoch, train.total]);
      this.#bar.value = event.log.epoch / this.#epochs;
      this.#numbers.textContent = t().train.atEpoch(
        epoch,
        this.#epochs,
        digits(event.log.framesPerSecond),
      );
      this.#draw();
    }
  }

  #draw(): void {
    const domain: Point = [0, this.#epochs];
    const of = (value: (log: EpochLog) => number): Point[] =>
      this.#log.map((log) => [log.epoch, value(log)]);
    this.#loss.show(
      [
        { name: t().train.training, series: 0, points: this.#steps },
        {
          name: t().train.validating,
          series: 1,
          points: of(({ validation }) => validation?.total ?? NaN),
        },
      ],
      domain,
    );
    this.#accuracy.show(
      [
        {
          name: t().train.accuracy,
          series: 2,
          points: of(({ validation }) => validation?.accuracy ?? NaN),
        },
        { name: t().train.uar, series: 3, points: of(({ validation }) => validation?.uar ?? NaN) },
      ],
      domain,
    );
  }
}

function percentTick(share: number): string {
  return `${fixed(100 * share, 0)}\u00a0%`;
}
