import { FileError } from '../../core/errors.js';
import { peakOf } from '../charts/sound.js';
import { Timeline } from '../charts/timeline.js';
import { byId, show } from '../dom.js';
import { chosenFiles, onDrop } from '../files.js';
import { t } from '../language/words.js';
import type { Heard, ModelInfo, NamedFile } from '../protocol.js';
import { recordingsAmong } from '../recording-names.js';
import { rowJson, savedName } from '../saved.js';
import { sentence, Status } from '../status.js';
import { heardText } from '../words.js';
import { AnswerView } from './answer.js';
import type { App } from './app.js';
import { heardPicture, panelsOf } from './heard-picture.js';
import { LiveListening } from './live.js';
import { ModelView } from './models.js';
import { saveButton, savedPicture, type Saved } from './save.js';
import { SeveralView } from './several.js';
import { SoundButtons } from './sounds.js';
import { VoiceView, type Recording } from './voice.js';

/** The part that hears recordings and the microphone. */
export class ListenView {
  readonly #app: App;
  readonly #status: Status;
  readonly #models: ModelView;
  readonly #voice: VoiceView;
  readonly #several: SeveralView;
  readonly #answer = new AnswerView();
  readonly #timeline: Timeline;
  readonly #audio = byId('heard-audio', HTMLAudioElement);
  /** Heard again when another model is loaded, or more is known of the voice. */
  #recording: Recording | undefined;
  /** The answer that is shown. */
  #heard: Heard | undefined;
  #hearing = false;
  /** One is heard at a time, and of those that wait only the last. */
  #turn: Promise<void> = Promise.resolve();
  #latest: symbol | undefined;
  /** What was asked for and has not been answered yet. */
  #wanted: Recording | undefined;
  /** What the player plays. */
  #playing: Blob | undefined;

  constructor(app: App) {
    this.#app = app;
    const line = byId('listen-status', HTMLElement);
    this.#status = new Status(line, byId('listen-error', HTMLElement));
    this.#timeline = new Timeline(byId('heard-timeline', HTMLElement), t().listen.time);
    new LiveListening(app, this.#status);
    this.#models = new ModelView(app, this.#status, (info) => this.#loaded(info));
    this.#voice = new VoiceView(app, this.#status, () => {
      if (this.#recording?.alone !== true) void this.#again(this.#heard);
      this.#several.again();
    });
    this.#several = new SeveralView(
      app,
      this.#status,
      ({ path: name, file }) => void this.#take({ name, file }),
      (recordings) => void this.#voice.learn(recordings),
    );
    new SoundButtons(this.#status, async (name, file) => {
      this.#play(file);
      // A browser may refuse, or have no sound at all.
      this.#audio.play().catch(() => undefined);
      await this.#take({ name, file, alone: true });
    });
    app.client.listen((event) => {
      if (event.kind === 'note' && this.#hearing) this.#status.say(sentence(event.line));
    });

    this.#audio.addEventListener('play', () => this.#follow());
    for (const id of ['recording', 'recording-folder']) {
      const input = byId(id, HTMLInputElement);
      input.addEventListener('change', () => {
        const files = chosenFiles(input);
        input.value = ''; // the same file can be chosen again
        this.#choose(files);
      });
    }
    onDrop(byId('drop', HTMLElement), (files) => this.#choose(files));
    this.#offerSaving();
    byId('to-look', HTMLElement).addEventListener('click', () => app.tabs.open('look'));
  }

  /** Loads a model that comes with the page. */
  async start(): Promise<void> {
    await this.#models.start();
  }

  async useTrained(): Promise<void> {
    await this.#models.useTrained();
  }

  async #loaded(info: ModelInfo): Promise<void> {
    this.#voice.show(info);
    const again = this.#again();
    this.#several.loaded(info);
    await again;
  }

  /**
   * Hears the last recording again: with another model, or another knowledge of the voice.
   *
   * @param before the answer to compare with
   */
  async #again(before?: Heard): Promise<void> {
    const recording = this.#wanted ?? this.#recording;
    if (recording === undefined) return;
    await this.#hear(recording, recording === this.#recording ? before : undefined);
  }

  #choose(files: readonly NamedFile[]): void {
    const recordings = recordingsAmong(files);
    const [first, second] = recordings;
    if (first === undefined) {
      if (files.length > 0) this.#status.fail(noRecordings());
    } else if (second === undefined) {
      this.#several.close();
      void this.#take({ name: first.path, file: first.file });
    } else {
      show(byId('listen-empty', HTMLElement), false);
      show(byId('listen-error', HTMLElement), false);
      this.#several.take(recordings);
    }
  }

  async #take(recording: Recording): Promise<void> {
    await this.#hear(recording);
    if (this.#recording === recording) this.#answer.reveal();
  }

  async #hear(recording: Recording, before?: Heard): Promise<void> {
    const own = Symbol(recording.name);
    this.#latest = own;
    this.#wanted = recording;
    const turn = this.#turn.then(async () => {
      if (this.#latest !== own) return;
      await this.#hearNow(recording, before);
      if (this.#latest === own) this.#wanted = undefined;
    });
    this.#turn = turn;
    await turn;
  }

  async #hearNow(recording: Recording, before?: Heard): Promise<void> {
    const { name, file } = recording;
    show(byId('listen-empty', HTMLElement), false);
    this.#hearing = true;
    const heard = await this.#status.run(t().listen.to(name), () =>
      this.#app.client.call('hear', recording),
    );
    this.#hearing = false;
    show(byId('listen-empty', HTMLElement), heard === undefined && this.#recording === undefined);
    if (heard === undefined) return;
    this.#play(file);
    this.#recording = recording;
    this.#heard = heard;
    this.#show(heard, before);
    this.#voice.heard(recording);
    this.#app.heard(heard);
  }

  /** Lets the recording be played; the timeline follows. */
  #play(file: Blob): void {
    if (this.#playing === file) return;
    this.#playing = file;
    URL.revokeObjectURL(this.#audio.src);
    this.#audio.src = URL.createObjectURL(file);
  }

  #follow(): void {
    this.#timeline.mark(Math.min(this.#audio.currentTime, this.#audio.duration || 0));
    if (!this.#audio.paused) requestAnimationFrame(() => this.#follow());
  }

  #show(heard: Heard, before: Heard | undefined): void {
    const { name, seconds, scores, values, sure, attention } = heard;
    this.#answer.show(heard, before);
    show(byId('heard-sound', HTMLElement), true);
    this.#timeline.show(seconds, panelsOf(heard), peakOf(seconds, attention));
    this.#status.announce(`${name}: ${heardText(scores, values, sure)}.`);
  }

  #offerSaving(): void {
    const save = (ending: string, make: (heard: Heard, name: string) => Saved): void =>
      saveButton(`heard-${ending}`, this.#status, () => {
        const heard = this.#heard;
        return heard && make(heard, savedName(heard.name, ending));
      });
    save('png', (heard, name) => savedPicture(name, heardPicture(heard)));
    save('csv', ({ row }, name) => {
      const content = this.#app.client.call('csvOf', { rows: [row] });
      return { name, content, type: 'text/csv' };
    });
    save('json', ({ row, attention }, name) => {
      const content = rowJson({ ...row, attention: [...attention] });
      return { name, content, type: 'application/json' };
    });
  }
}

function noRecordings(): FileError {
  return new FileError(t().listen.nothing, t().listen.nothingHint);
}
