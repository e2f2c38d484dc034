import { encodeWav } from '../../audio/wav.js';
import { concatenate } from '../../core/concatenate.js';
import { Meter } from '../charts/meter.js';
import { byId, show } from '../dom.js';
import { chosenFiles } from '../files.js';
import { t } from '../language/words.js';
import { openMicrophone, type Microphone } from '../microphone.js';
import type { ModelInfo, NamedFile, Voice } from '../protocol.js';
import { levelOf, QUIET } from '../quiet.js';
import type { Status } from '../status.js';
import type { App } from './app.js';

/** What is said counts as a recording each time that it is so long: about a sentence. */
const PIECE_SECONDS = 4;
/** A shorter rest is left out. */
const LEAST_SECONDS = 1;

/** A recording that was heard. */
export interface Recording {
  readonly name: string;
  readonly file: Blob;
  /** Of another voice than the one that is known: it is not to be added. */
  readonly alone?: boolean;
}

/** Makes a voice known to a model that normalises by speaker; hidden for others. */
export class VoiceView {
  readonly #button = byId('voice-record', HTMLButtonElement);
  readonly #known = byId('voice-known', HTMLElement);
  readonly #meter = new Meter(byId('voice-meter', HTMLElement));
  readonly #forget = byId('voice-forget', HTMLButtonElement);
  readonly #add = byId('voice-add', HTMLButtonElement);
  /** What was heard last, and may be added. */
  #heard: NamedFile | undefined;
  /** Keys of the files that are known: none counts twice. */
  readonly #keys = new Set<string>();
  #microphone: Microphone | undefined;
  #parts: Float32Array[] = [];
  #pieces = 0;
  /** One piece is enrolled at a time. */
  #turn: Promise<void> = Promise.resolve();

  /** @param changed called after more or less is known of the voice */
  constructor(
    private readonly app: App,
    private readonly status: Status,
    private readonly changed: () => void,
  ) {
    const input = byId('voice-files', HTMLInputElement);
    input.addEventListener('change', () => {
      const files = chosenFiles(input);
      input.value = '';
      if (files.length > 0) void this.learn(files);
    });
    this.#button.addEventListener('click', () => void this.#toggle());
    this.#forget.addEventListener('click', () => void this.#forgetVoice());
    this.#add.addEventListener('click', () => {
      if (this.#heard !== undefined) void this.learn([this.#heard]);
    });
  }

  /** A recording was heard: it can be added. */
  heard({ name, file, alone = false }: Recording): void {
    this.#heard = alone ? undefined : { path: name, file };
    show(this.#add, !alone);
    this.#offer();
  }

  #offer(): void {
    const known = this.#heard !== undefined && this.#keys.has(keyOf(this.#heard));
    this.#add.disabled = this.#heard === undefined || known;
    this.#add.textContent = known ? t().voice.addKnown : t().voice.add;
  }

  /** Of a model that was loaded. */
  show({ voice }: ModelInfo): void {
    if (this.#microphone !== undefined) this.#stop(false);
    show(byId('voice', HTMLElement), voice !== undefined);
    if (voice !== undefined) this.#tell(voice);
  }

  #tell({ recordings, enough }: Voice): void {
    const known = recordings === 0 ? t().voice.nothingKnown : t().voice.known(recordings);
    const more = recordings < enough ? t().voice.better(enough) : '';
    this.#known.textContent = `${known}${more}.`;
    this.#meter.show(recordings, enough, t().voice.meter(recordings, enough));
    show(this.#forget, recordings > 0);
    if (recordings === 0) this.#keys.clear();
    this.#offer();
  }

  /** Adds recordings to what is known. */
  async learn(files: readonly NamedFile[]): Promise<void> {
    this.#add.disabled = true;
    if (await this.#enrol(files)) this.changed();
    this.#offer();
  }

  /** @returns whether more is known than before */
  async #enrol(files: readonly NamedFile[]): Promise<boolean> {
    let more = false;
    const turn = this.#turn.then(async () => {
      const fresh = files.filter((file) => !this.#keys.has(keyOf(file)));
      if (fresh.length === 0) return this.status.say(t().voice.allKnown);
      const voice = await this.status.run(t().voice.learning, () =>
        this.app.client.call('enrol', { files: fresh }),
      );
      if (voice === undefined) return;
      for (const file of fresh) this.#keys.add(keyOf(file));
      more = voice.skipped.length < fresh.length;
      this.#tell(voice);
      const [first] = voice.skipped;
      if (first !== undefined) this.status.say(t().voice.skipped(voice.skipped.length, first));
    });
    this.#turn = turn;
    await turn;
    return more;
  }

  async #forgetVoice(): Promise<void> {
    const voice = await this.status.run(t().voice.forgetting, () =>
      this.app.client.call('forgetVoice', {}),
    );
    if (voice === undefined) return;
    this.#tell(voice);
    this.#button.focus(); // the button that had the focus is gone
    this.changed();
  }

  async #toggle(): Promise<void> {
    if (this.#microphone !== undefined) return this.#stop(true);
    this.#parts = [];
    this.#button.disabled = true;
    const microphone = await this.status.run(t().live.waiting, () =>
      openMicrophone((samples) => {
        this.#parts.push(samples);
        const rate = this.#microphone?.rate ?? Infinity;
        if (lengthOf(this.#parts) >= PIECE_SECONDS * rate) this.#take(rate);
      }),
    );
    this.#button.disabled = false;
    if (microphone === undefined) return;
    this.#microphone = microphone;
    this.#pressed(true);
    this.status.say(t().voice.say);
  }

  #stop(keep: boolean): void {
    const { rate = 0 } = this.#microphone ?? {};
    this.#microphone?.close();
    this.#microphone = undefined;
    this.#pressed(false);
    if (keep && lengthOf(this.#parts) >= LEAST_SECONDS * rate) this.#take(rate);
    this.#parts = [];
    if (keep) void this.#turn.then(this.changed);
  }

  /** Enrols what was said since the last time, unless nothing was. */
  #take(rate: number): void {
    const samples = concatenate(Float32Array, this.#parts);
    this.#parts = [];
    if (levelOf(samples) < QUIET) return;
    const file = new Blob([new Uint8Array(encodeWav(samples, rate))], { type: 'audio/wav' });
    void this.#enrol([{ path: `microphone-${++this.#pieces}.wav`, file }]);
  }

  #pressed(on: boolean): void {
    this.#button.setAttribute('aria-pressed', String(on));
    const text = this.#button.querySelector('.text');
    if (text !== null) text.textContent = on ? t().voice.stop : t().voice.saySentences;
  }
}

/** The same file may be chosen again, as another object. */
function keyOf({ path, file }: NamedFile): string {
  return `${path}\n${file.size}`;
}

function lengthOf(parts: readonly Float32Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
