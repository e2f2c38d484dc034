import { concatenate } from '../../core/concatenate.js';
import { encodeWav } from '../../audio/wav.js';
import { byId, element, fixed, show } from '../dom.js';
import { t } from '../language/words.js';
import { openMicrophone, type Microphone } from '../microphone.js';
import type { NamedFile } from '../protocol.js';
import type { Status } from '../status.js';

/** A recording stops by itself after this long. */
const MOST_SECONDS = 15;
/** Shorter ones were accidental. */
const LEAST_SECONDS = 0.3;

interface Clip {
  readonly label: string;
  readonly seconds: number;
  readonly wav: Uint8Array;
}

/** Clips that are recorded by label, until there are enough to train on. */
export class OwnClips {
  readonly #button = byId('clip-record', HTMLButtonElement);
  readonly #label = byId('clip-label', HTMLInputElement);
  readonly #list = byId('clips', HTMLElement);
  readonly #use = byId('clips-use', HTMLButtonElement);
  #clips: Clip[] = [];
  #recording: { microphone: Microphone; label: string; parts: Float32Array[] } | undefined;

  constructor(
    private readonly status: Status,
    use: (files: readonly NamedFile[]) => void,
  ) {
    byId('clip-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#toggle();
    });
    this.#use.addEventListener('click', () => use(this.#files()));
  }

  async #toggle(): Promise<void> {
    if (this.#recording !== undefined) return this.#stop();
    // A label becomes the name of a folder.
    const label = this.#label.value.trim().replaceAll('/', '-');
    if (label === '' || label.startsWith('.')) return this.#label.focus();
    const parts: Float32Array[] = [];
    this.#button.disabled = true;
    const microphone = await this.status.run(t().live.waiting, () =>
      openMicrophone((samples) => {
        parts.push(samples);
        const rate = this.#recording?.microphone.rate ?? Infinity;
        if (lengthOf(parts) >= MOST_SECONDS * rate) this.#stop();
      }),
    );
    this.#button.disabled = false;
    if (microphone === undefined) return;
    this.#recording = { microphone, label, parts };
    this.#pressed(true);
    this.status.say(t().clips.recording(label));
  }

  #stop(): void {
    if (this.#recording === undefined) return;
    const { microphone, label, parts } = this.#recording;
    microphone.close();
    this.#recording = undefined;
    this.#pressed(false);
    const samples = concatenate(Float32Array, parts);
    const seconds = samples.length / microphone.rate;
    if (seconds < LEAST_SECONDS) return this.status.say(t().clips.tooShort);
    this.#clips.push({ label, seconds, wav: encodeWav(samples, microphone.rate) });
    this.status.say(t().clips.recorded(`${fixed(seconds, 1)} s`, label));
    this.#show();
  }

  #pressed(on: boolean): void {
    this.#button.setAttribute('aria-pressed', String(on));
    const text = this.#button.querySelector('.text');
    if (text !== null) text.textContent = on ? t().clips.stop : t().clips.record;
  }

  #show(): void {
    const items = this.#clips.map((clip, i) => {
      const text = `${clip.label}, ${fixed(clip.seconds, 1)} s`;
      const label = t().clips.remove(i + 1, text);
      const remove = element('button', { type: 'button', 'aria-label': label }, '×');
      remove.addEventListener('click', () => {
        this.#clips = this.#clips.filter((other) => other !== clip);
        this.#show();
        this.#label.focus(); // the button that had the focus is gone
      });
      return element('li', {}, element('span', {}, text), remove);
    });
    this.#list.replaceChildren(...items);
    show(this.#use, this.#clips.length > 0);
  }

  #files(): NamedFile[] {
    return this.#clips.map(({ label, wav }, i) => ({
      path: `clips/${label}/${String(i + 1).padStart(3, '0')}.wav`,
      file: new Blob([new Uint8Array(wav)], { type: 'audio/wav' }),
    }));
  }
}

function lengthOf(parts: readonly Float32Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
