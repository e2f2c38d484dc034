import type { Cli } from '../cli.js';
import { LINE_MILLISECONDS, type Progress } from '../progress.js';
import { durationText } from '../text.js';

/** How far a prediction is: recordings, hours of audio a second of work, time left. */
export class ArchiveProgress {
  recordings = 0;
  failed = 0;
  /** Seconds of audio. */
  audio = 0;
  readonly #began = performance.now();
  #told = performance.now();
  #bar: Progress | undefined;
  /** Long recordings that are not done: seconds heard of each, and its length. */
  readonly #within = new Map<string, { readonly heard: number; readonly seconds: number }>();

  /** @param total recordings, if it is known */
  constructor(
    private readonly cli: Cli,
    private readonly total: number | undefined,
  ) {}

  /** Says how far a long recording is. */
  within(path: string, heard: number, seconds: number): void {
    this.#within.set(path, { heard, seconds });
    this.show();
  }

  /** Counts a recording; `seconds` is undefined if it failed. */
  count(path: string, seconds: number | undefined): void {
    this.#within.delete(path);
    this.recordings++;
    if (seconds === undefined) this.failed++;
    else this.audio += seconds;
  }

  /** Shows it, now and then, where it does not disturb the results. */
  show(): void {
    const { cli, total, recordings } = this;
    if (cli.hasProgressBar) {
      if (!cli.showsProgressApart) return;
      if (this.#bar === undefined || !cli.isShowing(this.#bar)) {
        this.#bar = cli.startProgress('predicting', total);
      }
      this.#bar.update(recordings, this.#note());
      return;
    }
    if (performance.now() - this.#told < LINE_MILLISECONDS) return;
    this.#told = performance.now();
    const of = total === undefined ? '' : `/${total}`;
    cli.log(`predicting  ${recordings}${of}  ${this.#note()}`);
  }

  /** What there was, in a line. */
  summary(): string {
    const { recordings, failed, audio } = this;
    const bad = failed > 0 ? `, ${failed} failed` : '';
    return `${recordings} recordings${bad}, ${hours(audio)} of audio in ${durationText(this.seconds)}: ${this.#speed()}`;
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #note(): string {
    const { total, recordings, seconds } = this;
    const long = [...this.#within.values()].map(
      (own) => `${hours(own.heard)} of ${hours(own.seconds)}, `,
    );
    if (long.length > 0) return `${long.join('')}${this.#speed()}`;
    if (total === undefined || recordings === 0) return this.#speed();
    const left = (seconds * (total - recordings)) / recordings;
    return `${this.#speed()}, ${durationText(left)} left`;
  }

  #speed(): string {
    let { audio } = this;
    for (const { heard } of this.#within.values()) audio += heard;
    const times = audio / Math.max(this.seconds, 1e-3);
    const speed = `${times < 10 ? times.toFixed(1) : Math.round(times)} x real time`;
    return `${(times / 3600).toPrecision(2)} hours of audio a second (${speed})`;
  }
}

function hours(seconds: number): string {
  if (seconds < 3600) return durationText(seconds);
  return `${(seconds / 3600).toFixed(1)} h`;
}
