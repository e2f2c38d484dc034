import { logCsv } from '../../runs/log-csv.js';
import type { EpochLog } from '../../runs/log.js';
import { Curves } from '../charts/curves.js';
import type { Picture } from '../charts/picture.js';
import { byId, digits, percent, show } from '../dom.js';
import type { WorkerEvent } from '../protocol.js';

type Point = readonly [epoch: number, value: number];

/** Loss and accuracy during training. */
export class TrainProgressView {
  readonly #numbers = byId('train-numbers', HTMLElement);
  readonly #bar = byId('train-progress', HTMLProgressElement);
  readonly #loss = new Curves(byId('loss-curves', HTMLElement), {
    title: 'Loss',
    x: 'epoch',
    y: { zero: true, nice: true },
  });
  readonly #accuracy = new Curves(byId('accuracy-curves', HTMLElement), {
    title: 'Validation recordings',
    x: 'epoch',
    y: { domain: [0, 1], tickFormat: '.0%' },
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
    const right = accuracy === undefined ? '' : `; ${percent(accuracy)} of validation right`;
    return {
      title: 'Training',
      lines: [`${last.epoch} of ${this.#epochs} epochs, loss ${digits(last.train.total)}${right}`],
      figures: (width) => [this.#loss.figure(width), this.#accuracy.figure(width)],
    };
  }

  /** A row an epoch, as the command line writes it; undefined before the first. */
  get csv(): string | undefined {
    const [first] = this.#log;
    return first && logCsv(this.#log, Object.keys(first.train.tasks));
  }

  take(event: WorkerEvent): void {
    if (event.kind === 'step') {
      const { share, loss, epoch, epochs, step, framesPerSecond } = event;
      this.#steps.push([share * epochs, loss]);
      this.#bar.value = share;
      this.#numbers.textContent = `epoch ${epoch} of ${epochs}, step ${step}, ${digits(framesPerSecond)} frames/s`;
      this.#draw();
    } else if (event.kind === 'epoch') {
      this.#log.push(event.log);
      // The mean over the whole epoch replaces that over a part of it.
      const { epoch, train } = event.log;
      this.#steps = this.#steps.filter(([at]) => at < epoch - 1e-9);
      this.#steps.push([epoch, train.total]);
      this.#bar.value = event.log.epoch / this.#epochs;
      this.#numbers.textContent = `epoch ${event.log.epoch} of ${this.#epochs}, ${digits(event.log.framesPerSecond)} frames/s`;
      this.#draw();
    }
  }

  #draw(): void {
    const domain: Point = [0, this.#epochs];
    const of = (value: (log: EpochLog) => number): Point[] =>
      this.#log.map((log) => [log.epoch, value(log)]);
    this.#loss.show(
      [
        { name: 'training', series: 0, points: this.#steps },
        { name: 'validation', series: 1, points: of(({ validation }) => validation?.total ?? NaN) },
      ],
      domain,
    );
    this.#accuracy.show(
      [
        {
          name: 'accuracy',
          series: 2,
          points: of(({ validation }) => validation?.accuracy ?? NaN),
        },
        { name: 'UAR', series: 3, points: of(({ validation }) => validation?.uar ?? NaN) },
      ],
      domain,
    );
  }
}
