import { cellTraits } from '../../core/cells.js';
import { heardText, numbersText, ScoreBars, topOf } from '../charts/scores.js';
import {
  attentionPanel,
  attentionText,
  outlinePanel,
  peakOf,
  pitchPanel,
} from '../charts/sound.js';
import { Timeline } from '../charts/timeline.js';
import { byId, element, milliseconds, percent, show } from '../dom.js';
import { chosenFiles, onDrop } from '../files.js';
import type { Argument, Heard, ModelInfo } from '../protocol.js';
import { sentence, Status } from '../status.js';
import type { App } from './app.js';
import { LiveListening } from './live.js';
import { VoiceView } from './voice.js';

/** The part that hears recordings and the microphone. */
export class ListenView {
  readonly #app: App;
  readonly #status: Status;
  readonly #scores: ScoreBars;
  readonly #timeline: Timeline;
  /** Heard again when another model is loaded. */
  #recording: { readonly name: string; readonly file: Blob } | undefined;
  #own = true;
  #hearing = false;
  readonly #voice: VoiceView;
  readonly #audio = byId('heard-audio', HTMLAudioElement);

  constructor(app: App) {
    this.#app = app;
    const line = byId('listen-status', HTMLElement);
    this.#status = new Status(line, byId('listen-error', HTMLElement));
    this.#scores = new ScoreBars(byId('heard-scores', HTMLElement), 'Share of each label');
    this.#timeline = new Timeline(byId('heard-timeline', HTMLElement), 'Time in the recording');
    new LiveListening(app, this.#status);
    this.#voice = new VoiceView(app, this.#status, () => void this.#again());
    app.client.listen((event) => {
      if (event.kind === 'note' && this.#hearing) this.#status.say(sentence(event.line));
    });

    this.#audio.addEventListener('play', () => this.#follow());
    const input = byId('recording', HTMLInputElement);
    input.addEventListener('change', () => {
      const [chosen] = chosenFiles(input);
      input.value = ''; // the same file can be chosen again
      if (chosen !== undefined) void this.#hear(chosen.path, chosen.file);
    });
    onDrop(byId('drop', HTMLElement), ([first]) => {
      if (first !== undefined) void this.#hear(first.path, first.file);
    });
    const folder = byId('model-folder', HTMLInputElement);
    folder.addEventListener('change', () => {
      const files = chosenFiles(folder);
      folder.value = '';
      if (files.length > 0) void this.#load({ files });
    });
    byId('model-own', HTMLElement).addEventListener('click', () => void this.#load({}));
    byId('to-look', HTMLElement).addEventListener('click', () => app.tabs.open('look'));
  }

  /** Loads the page's own model. */
  async start(): Promise<void> {
    await this.#load({});
  }

  async useTrained(): Promise<void> {
    await this.#load({ trained: true });
  }

  async #load(from: Argument<'loadModel'>): Promise<void> {
    const info = await this.#status.run('Loading the model…', () =>
      this.#app.client.call('loadModel', from),
    );
    if (info === undefined) return;
    this.#own = from.files === undefined && from.trained !== true;
    this.#tellModel(info, from.trained === true);
    this.#voice.show(info);
    await this.#again();
  }

  /** Hears the last recording again: with another model, or another knowledge of the voice. */
  async #again(): Promise<void> {
    if (this.#recording !== undefined) await this.#hear(this.#recording.name, this.#recording.file);
  }

  #tellModel(info: ModelInfo, trained: boolean): void {
    const { cell, units, layers, parameters, labels, numbers, data } = info;
    const origin = this.#own ? 'Built in' : trained ? 'Trained here' : 'Loaded';
    // all layers, if there are more than an input layer and a recurrent one
    const kind =
      layers.length > 2 ? layers.join(', ') : `${cellTraits(cell).title}, ${units} units`;
    byId('model-name', HTMLElement).textContent = `${origin}: ${kind}`;
    const about = byId('model-about', HTMLElement);
    const learned = data === '' ? '' : `Trained on ${data}. `;
    const predicts = [
      ...(labels.length > 0 ? [`labels: ${labels.join(', ')}`] : []),
      ...(numbers.length > 0 ? [`numbers: ${numbers.join(', ')}`] : []),
    ];
    const size = `${parameters.toLocaleString('en-GB')} parameters; ${predicts.join('; ')}.`;
    about.textContent = learned + size;
    if (this.#own) {
      about.append(
        element(
          'strong',
          {},
          ' It was trained on synthesised speech only: a demonstration, not a judge of people.',
        ),
      );
    }
    show(byId('model-own', HTMLElement), !this.#own);
  }

  async #hear(name: string, file: Blob): Promise<void> {
    show(byId('listen-empty', HTMLElement), false);
    this.#hearing = true;
    const heard = await this.#status.run(`Listening to ${name}…`, () =>
      this.#app.client.call('hear', { name, file }),
    );
    this.#hearing = false;
    show(byId('listen-empty', HTMLElement), heard === undefined && this.#recording === undefined);
    if (heard === undefined) return;
    if (this.#recording?.file !== file) this.#play(file);
    this.#recording = { name, file };
    this.#show(heard);
    this.#app.heard(heard);
  }

  /** Lets the recording be played; the timeline follows. */
  #play(file: Blob): void {
    URL.revokeObjectURL(this.#audio.src);
    this.#audio.src = URL.createObjectURL(file);
  }

  #follow(): void {
    this.#timeline.mark(Math.min(this.#audio.currentTime, this.#audio.duration || 0));
    if (!this.#audio.paused) requestAnimationFrame(() => this.#follow());
  }

  #show(heard: Heard): void {
    const { name, seconds, scores, values, attention, featuresMs, networkMs } = heard;
    show(byId('heard', HTMLElement), true);
    byId('heard-name', HTMLElement).textContent = name;
    byId('heard-time', HTMLElement).textContent =
      `${seconds.toFixed(2)} s of sound; features ${milliseconds(featuresMs)}, network ${milliseconds(networkMs)}`;
    const [label, share] = topOf(scores);
    const says = byId('heard-says', HTMLElement);
    const numbers = element('strong', {}, numbersText(values));
    if (share < 0) says.replaceChildren('The model predicts ', numbers, '. ');
    else {
      const word = element('strong', {}, label);
      says.replaceChildren('The model hears ', word, ` (${percent(share)}). `);
      if (numbers.textContent !== '') says.append('It predicts ', numbers, '. ');
    }
    says.append(element('span', { class: 'quiet' }, `${attentionText(seconds, attention)}.`));
    this.#scores.show(scores);
    const panels = [
      outlinePanel(heard),
      ...(heard.pitch.length > 0 ? [pitchPanel(heard)] : []),
      attentionPanel(seconds, attention),
    ];
    this.#timeline.show(seconds, panels, peakOf(seconds, attention));
    this.#status.announce(`${name}: ${heardText(scores, values)}.`);
  }
}
