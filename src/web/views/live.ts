import { Curves } from '../charts/curves.js';
import { ScoreBars } from '../charts/scores.js';
import { byId, fixed, milliseconds, show } from '../dom.js';
import { labelName, t } from '../language/words.js';
import { openMicrophone, Tail, type Microphone } from '../microphone.js';
import type { HeardWindow, Scores } from '../protocol.js';
import { QUIET } from '../quiet.js';
import { sentence, type Status } from '../status.js';
import { heardText, numbersText } from '../words.js';
import type { App } from './app.js';

/** Length of a window: long enough for a phrase. */
const WINDOW_SECONDS = 4;
/** Sound that is kept while the device is busy: it is in the next window, which is then longer. */
const MOST_SECONDS = 30;
/** Least new sound between two windows. */
const HOP_SECONDS = 0.4;
const HISTORY_SECONDS = 60;
/** Announcements to screen readers are at least this far apart. */
const TELL_MS = 5000;

interface Moment {
  readonly at: number;
  readonly scores: Scores;
}

/** The microphone, a moving window at a time. */
export class LiveListening {
  readonly #button = byId('microphone', HTMLButtonElement);
  readonly #time = byId('live-time', HTMLElement);
  readonly #says = byId('live-says', HTMLElement);
  readonly #canvas: HTMLCanvasElement;
  readonly #bars = new ScoreBars(byId('live-scores', HTMLElement), t().answer.sharesNow);
  readonly #history = new Curves(byId('live-history', HTMLElement), {
    title: t().live.lastMinute,
    x: t().live.secondsAgo,
    y: { domain: [0, 1] },
    height: 130,
  });
  #open: { readonly microphone: Microphone; readonly tail: Tail } | undefined;
  #fresh = 0;
  /** Samples since the last window that was whole; undefined before the first window. */
  #sinceWhole: number | undefined;
  #busy = false;
  #moments: Moment[] = [];
  #told = 0;

  constructor(
    private readonly app: App,
    private readonly status: Status,
  ) {
    this.#canvas = document.createElement('canvas');
    this.#canvas.setAttribute('aria-hidden', 'true');
    byId('live-wave', HTMLElement).replaceChildren(this.#canvas);
    this.#button.addEventListener('click', () => void this.#toggle());
  }

  async #toggle(): Promise<void> {
    if (this.#open !== undefined) return this.#close();
    this.#button.disabled = true;
    const microphone = await this.status.run(t().live.waiting, () =>
      openMicrophone((samples) => this.#take(samples)),
    );
    this.#button.disabled = false;
    if (microphone === undefined) return;
    const tail = new Tail(Math.round(MOST_SECONDS * microphone.rate));
    this.#open = { microphone, tail };
    this.#moments = [];
    this.#fresh = 0;
    this.#sinceWhole = undefined;
    this.#pressed(true);
    show(byId('live', HTMLElement), true);
    show(byId('listen-empty', HTMLElement), false);
    this.#time.textContent = t().live.speak;
    this.#says.textContent = '';
    this.status.say(t().live.on);
  }

  #close(): void {
    this.#open?.microphone.close();
    this.#open = undefined;
    this.#pressed(false);
    this.status.say(t().live.off);
  }

  #pressed(on: boolean): void {
    this.#button.setAttribute('aria-pressed', String(on));
    byId('live-title', HTMLElement).textContent = on ? t().live.now : t().live.last;
    const text = this.#button.querySelector('.text');
    if (text !== null) text.textContent = on ? t().live.stop : t().live.use;
  }

  #take(samples: Float32Array): void {
    if (this.#open === undefined) return;
    const { tail, microphone } = this.#open;
    tail.push(samples);
    this.#fresh += samples.length;
    if (this.#sinceWhole !== undefined) this.#sinceWhole += samples.length;
    const { rate } = microphone;
    const usual = Math.round(WINDOW_SECONDS * rate);
    this.#drawWave(tail.last(usual));
    const enough = this.#fresh >= HOP_SECONDS * rate;
    if (enough && !this.#busy) void this.#hear(tail.last(Math.max(usual, this.#fresh)), rate);
  }

  async #hear(samples: Float32Array, rate: number): Promise<void> {
    this.#busy = true;
    const { length } = samples;
    const full = length >= Math.round(WINDOW_SECONDS * rate);
    const first = this.#sinceWhole === undefined;
    const since = this.#sinceWhole ?? length;
    const whole = full && since >= length;
    this.#sinceWhole = whole ? 0 : since;
    this.#fresh = 0;
    try {
      const window = { samples, rate, first, whole };
      const heard = await this.app.client.call('hearWindow', window, [samples.buffer]);
      if (this.#open !== undefined) this.#show(heard, length / rate);
    } catch (problem) {
      this.#close();
      this.status.fail(problem);
    } finally {
      this.#busy = false;
    }
  }

  #show(heard: HeardWindow, seconds: number): void {
    const { scores, values, sure, confidence, level, featuresMs, networkMs, voice } = heard;
    const quiet = level < QUIET;
    byId('live', HTMLElement).classList.toggle('dim', quiet);
    const numbers = numbersText(values);
    const told = [
      ...(numbers === '' ? [] : [numbers]),
      t().live.window(fixed(seconds, 0), milliseconds(featuresMs), milliseconds(networkMs)),
      ...(voice === undefined ? [] : [t().live.known(voice)]),
    ];
    this.#time.textContent = quiet ? t().live.quiet : told.join('; ');
    if (quiet) return;
    const now = performance.now() / 1000;
    this.#bars.show(scores, confidence?.threshold);
    this.#says.textContent = sentence(heardText(scores, {}, sure));
    this.#moments.push({ at: now, scores });
    this.#moments = this.#moments.filter(({ at }) => now - at <= HISTORY_SECONDS);
    const courses = Object.keys(scores).map((name, series) => ({
      name: labelName(name),
      series,
      points: this.#moments.map((m) => [m.at - now, m.scores[name] ?? 0] as const),
    }));
    this.#history.show(courses, [-HISTORY_SECONDS, 0]);
    if (performance.now() - this.#told < TELL_MS) return;
    this.#told = performance.now();
    this.status.announce(t().live.tell(heardText(scores, values, sure)));
  }

  #drawWave(samples: Float32Array): void {
    const canvas = this.#canvas;
    const scale = devicePixelRatio;
    const width = Math.floor(canvas.clientWidth * scale);
    const height = Math.floor(canvas.clientHeight * scale);
    if (width === 0) return;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(canvas).color;
    const columns = Math.floor(width / (3 * scale));
    const part = samples.length / columns;
    for (let x = 0; x < columns; x++) {
      let most = 0;
      for (let i = Math.floor(x * part); i < (x + 1) * part; i++) {
        most = Math.max(most, Math.abs(samples[i] ?? 0));
      }
      const tall = Math.max(scale, Math.min(1, 2 * most) * height);
      context.fillRect(x * 3 * scale, (height - tall) / 2, 2 * scale, tall);
    }
  }
}
