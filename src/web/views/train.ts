import { strToU8, zipSync } from 'fflate';
import type { Evaluation } from '../../metrics/metrics.js';
import { confusionTable } from '../charts/confusion.js';
import { byId, percent, show } from '../dom.js';
import { chosenFiles, download, onDrop } from '../files.js';
import { t } from '../language/words.js';
import type { DataSummary, Kept, NamedFile, TrainResult, TrainSettings } from '../protocol.js';
import { Status } from '../status.js';
import type { App } from './app.js';
import { OwnClips } from './clips.js';
import { saveButton, savedPicture } from './save.js';
import { dataTable, settingsFrom, showSettings } from './train-form.js';
import { TrainProgressView } from './train-progress.js';

type Phase = 'empty' | 'ready' | 'running' | 'paused' | 'done';

/** The part that trains on the user's recordings. */
export class TrainView {
  readonly #status = new Status(
    byId('train-status', HTMLElement),
    byId('train-error', HTMLElement),
  );
  readonly #form = byId('settings', HTMLFormElement);
  readonly #progress = new TrainProgressView();
  /** Stopped for good, not paused. */
  #stopping = false;

  constructor(private readonly app: App) {
    const data = new Status(byId('data-status', HTMLElement), byId('train-error', HTMLElement));
    new OwnClips(data, (files) => void this.#takeData(files, data));
    for (const id of ['corpus-folder', 'corpus-files']) {
      const input = byId(id, HTMLInputElement);
      input.addEventListener('change', () => {
        const files = chosenFiles(input);
        input.value = '';
        if (files.length > 0) void this.#takeData(files, data);
      });
    }
    onDrop(byId('corpus-drop', HTMLElement), (files) => void this.#takeData(files, data));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#train(false);
    });
    this.#onClick('train-pause', () => this.#end(false));
    this.#onClick('train-stop', () => this.#end(true));
    this.#onClick('train-resume', () => void this.#train(true));
    this.#onClick('kept-resume', () => void this.#train(true));
    this.#onClick('kept-delete', () => void this.#forget());
    this.#onClick('model-download', () => void this.#download());
    this.#onClick('model-use', () => void app.useTrained());
    saveButton('curves-png', this.#status, () => {
      const { picture } = this.#progress;
      return picture && savedPicture('training.png', picture);
    });
    saveButton('curves-csv', this.#status, () => {
      const content = this.#progress.csv;
      return content === undefined
        ? undefined
        : { name: 'training.csv', content, type: 'text/csv' };
    });
    app.client.listen((event) => {
      this.#progress.take(event);
      if (event.kind === 'evaluation') this.#showConfusion(event.evaluation);
      if (event.kind !== 'progress' || event.of === 'measure') return;
      const line = event.of === 'features' ? this.#status : data;
      line.progress(
        t().train.step(
          t().train.steps[event.of === 'data' ? 'copying' : 'features'],
          event.done,
          event.total,
        ),
      );
    });
  }

  /** Looks for an earlier training run. */
  async start(): Promise<void> {
    let kept: Kept | undefined;
    try {
      kept = await this.app.client.call('kept', {});
    } catch {
      return; // a browser without storage, or a folder of another version: start from scratch
    }
    if (kept === undefined) return;
    this.#showData(kept.data);
    if (kept.settings === undefined) return this.#phase('ready');
    showSettings(this.#form, kept.settings);
    this.#progress.begin(kept.settings.epochs, kept.log);
    this.#phase(kept.done ? 'done' : 'paused');
    const best = kept.log.findLast(({ best }) => best);
    if (best?.validation) this.#showModel(best.epoch, best.validation.accuracy ?? NaN);
    byId('kept-about', HTMLElement).textContent = t().train.kept(
      kept.data.recordings,
      kept.log.length,
      kept.settings.epochs,
    );
    show(byId('kept-resume', HTMLElement), !kept.done);
    show(byId('train-kept', HTMLElement), true);
  }

  async #takeData(files: readonly NamedFile[], status: Status): Promise<void> {
    if (!this.#mayReplace()) return;
    const summary = await status.run(t().train.checking, () =>
      this.app.client.call('takeData', { files }),
    );
    if (summary === undefined) return;
    show(byId('train-kept', HTMLElement), false);
    show(byId('training', HTMLElement), false);
    this.#showData(summary);
    status.say(t().train.ready(summary.recordings));
    this.#phase('ready');
  }

  #showData(summary: DataSummary): void {
    byId('data-summary', HTMLElement).replaceChildren(...dataTable(summary));
  }

  async #train(resume: boolean): Promise<void> {
    const settings: TrainSettings = settingsFrom(this.#form);
    if (!resume && !this.#mayReplace()) return;
    // Otherwise a browser short of space may delete it. If it refuses, training continues anyway.
    navigator.storage.persist().catch(() => undefined);
    if (!resume) this.#progress.begin(settings.epochs, []);
    this.#stopping = false;
    show(byId('train-kept', HTMLElement), false);
    show(byId('confusion-card', HTMLElement), false);
    show(byId('result-card', HTMLElement), false);
    this.#phase('running');
    const result = await this.#status.run(t().train.gettingReady, () =>
      this.app.client.call('train', { settings, resume }),
    );
    if (result === undefined) return this.#afterFailure();
    this.#phase(result.stopped === 'interrupted' && !this.#stopping ? 'paused' : 'done');
    this.#showResult(result);
  }

  /** What was stored before the failure can be resumed. */
  async #afterFailure(): Promise<void> {
    const kept = await this.app.client.call('kept', {}).catch(() => undefined);
    this.#phase(kept === undefined ? 'empty' : kept.settings === undefined ? 'ready' : 'paused');
  }

  /** Whether a stored training run may be replaced. */
  #mayReplace(): boolean {
    const phase = this.#form.dataset['phase'];
    if (phase !== 'paused' && phase !== 'done') return true;
    return confirm(t().train.mayDelete);
  }

  #end(forGood: boolean): void {
    this.#stopping = forGood;
    this.#status.say(forGood ? t().train.stopping : t().train.pausing);
    if (forGood && this.#form.dataset['phase'] === 'paused') {
      this.#status.say(t().train.stopped);
      return this.#phase('done');
    }
    void this.app.client.call('pause', {});
  }

  #showResult({ stopped, log, bestEpoch, evaluation }: TrainResult): void {
    const told = {
      epochs: t().train.finished,
      early: t().train.early,
      interrupted: this.#stopping ? t().train.stoppedAt : t().train.pausedAt,
    };
    this.#status.say(told[stopped](log.length));
    if (evaluation === undefined || bestEpoch === undefined) return;
    this.#showConfusion(evaluation);
    this.#showModel(bestEpoch, evaluation.accuracy);
  }

  #showConfusion({ confusion, labels }: Evaluation): void {
    byId('confusion', HTMLElement).replaceChildren(confusionTable(confusion, labels));
    show(byId('confusion-card', HTMLElement), true);
  }

  #showModel(epoch: number, accuracy: number): void {
    byId('result-about', HTMLElement).textContent = t().train.best(epoch, percent(accuracy));
    show(byId('result-card', HTMLElement), true);
  }

  async #forget(): Promise<void> {
    if (!this.#mayReplace()) return;
    const done = await this.#status.run(t().train.deleting, async () => {
      await this.app.client.call('forget', {});
      return true;
    });
    if (done === undefined) return;
    show(byId('train-kept', HTMLElement), false);
    show(byId('training', HTMLElement), false);
    byId('data-summary', HTMLElement).replaceChildren();
    this.#phase('empty');
    this.#status.say(t().train.deleted);
  }

  async #download(): Promise<void> {
    const files = await this.#status.run(t().train.packing, () =>
      this.app.client.call('trainedModel', {}),
    );
    if (files === undefined) return;
    const readMe = 'An alstm model. To use it: npx alstm predict model speech.wav\n';
    const entries = Object.entries(files).map(([name, bytes]) => [`model/${name}`, bytes] as const);
    const zip = zipSync({ ...Object.fromEntries(entries), 'README.txt': strToU8(readMe) });
    download('alstm-model.zip', zip, 'application/zip');
  }

  #phase(phase: Phase): void {
    this.#form.dataset['phase'] = phase;
    const start = byId('train-start', HTMLButtonElement);
    const focused = document.activeElement;
    start.disabled = phase === 'empty' || phase === 'running';
    start.textContent = phase === 'done' || phase === 'paused' ? t().train.again : t().train.start;
    start.classList.toggle('primary', phase !== 'paused');
    show(start, phase !== 'running');
    show(byId('train-pause', HTMLElement), phase === 'running');
    show(byId('train-stop', HTMLElement), phase === 'running' || phase === 'paused');
    show(byId('train-resume', HTMLElement), phase === 'paused');
    show(byId('train-hint', HTMLElement), phase === 'empty');
    for (const id of ['corpus-folder', 'corpus-files']) {
      byId(id, HTMLInputElement).disabled = phase === 'running';
    }
    // A button that disappears must not take the keyboard focus with it.
    if (focused instanceof HTMLElement && focused.hidden) {
      const next = { running: 'train-pause', paused: 'train-resume' } as const;
      const id = phase === 'running' || phase === 'paused' ? next[phase] : 'train-start';
      byId(id, HTMLElement).focus();
    }
  }

  #onClick(id: string, act: () => void): void {
    byId(id, HTMLElement).addEventListener('click', act);
  }
}
