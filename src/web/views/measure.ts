import { byId, digits, element, milliseconds, percent, show, table } from '../dom.js';
import { t } from '../language/words.js';
import type { DeviceInfo, Measured, MeasureSettings } from '../protocol.js';
import { Status } from '../status.js';
import type { App } from './app.js';
import { saveButton } from './save.js';
import { cellOf, numberOf, showSettings } from './train-form.js';

/** A size that a software adapter finishes in seconds. */
const SMALL = { batch: 4, frames: 50, units: 32, frontendUnits: 64, seconds: 1 };
/** Rows that the table shows; the JSON has all. */
const MOST_ROWS = 20;

/** The part that times the adapter. */
export class MeasureView {
  readonly #status: Status;
  readonly #form = byId('shape', HTMLFormElement);
  readonly #copy = byId('measure-copy', HTMLButtonElement);
  #json = '';

  constructor(private readonly app: App) {
    const line = byId('measure-status', HTMLElement);
    this.#status = new Status(line, byId('measure-error', HTMLElement));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#measure();
    });
    this.#copy.addEventListener('click', () => void this.#copyResults());
    saveButton('measure-save', this.#status, () => {
      return { name: 'measured.json', content: `${this.#json}\n`, type: 'application/json' };
    });
    app.client.listen((event) => {
      if (event.kind !== 'progress' || event.of !== 'measure') return;
      this.#status.say(
        t().measure.step(t().measure.steps[event.note], event.done + 1, event.total),
      );
    });
  }

  start({ software }: DeviceInfo): void {
    if (software) showSettings(this.#form, SMALL);
  }

  async #measure(): Promise<void> {
    const button = byId('measure-start', HTMLButtonElement);
    button.disabled = true;
    const measured = await this.#status.run(t().measure.gettingReady, () =>
      this.app.client.call('measure', settingsFrom(this.#form)),
    );
    button.disabled = false;
    if (measured === undefined) return;
    this.#show(measured);
    this.#status.say(t().measure.done);
  }

  #show(measured: Measured): void {
    const { adapter, trainStep, inference, passes } = measured;
    show(byId('measure-empty', HTMLElement), false);
    show(byId('measured', HTMLElement), true);
    show(this.#copy, true);
    show(byId('measure-save', HTMLElement), true);
    const tiles: readonly (readonly [string, string, string])[] = [
      [
        t().measure.trainingStep,
        milliseconds(trainStep.ms),
        t().measure.framesPerSecond(digits(trainStep.framesPerSecond)),
      ],
      [
        t().measure.batch,
        milliseconds(inference.ms),
        t().measure.framesPerSecond(digits(inference.framesPerSecond)),
      ],
      [
        t().measure.speech,
        milliseconds(inference.latencyMs),
        t().measure.most(milliseconds(inference.latencyP95)),
      ],
      [t().measure.adapter, adapter, measured.driver],
    ];
    byId('measured-main', HTMLElement).replaceChildren(
      ...tiles.map(([name, value, note]) =>
        element(
          'div',
          {},
          element('dt', {}, name),
          element('dd', { class: 'big numbers' }, value),
          element('dd', { class: 'quiet' }, note),
        ),
      ),
    );
    byId('measured-passes', HTMLElement).replaceChildren(passTable(measured, passes));
    this.#json = JSON.stringify(measured, undefined, 2);
    byId('measured-json', HTMLElement).textContent = this.#json;
  }

  async #copyResults(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#json);
      this.#status.say(t().measure.copied);
    } catch {
      const pre = byId('measured-json', HTMLElement);
      pre.closest('details')?.setAttribute('open', '');
      getSelection()?.selectAllChildren(pre);
      this.#status.say(t().measure.copyByHand);
    }
  }
}

function passTable(measured: Measured, passes: Measured['passes']): HTMLElement {
  if (passes === undefined) {
    return element('p', { class: 'quiet' }, t().measure.noTimestamps);
  }
  const total = passes.reduce((sum, { ms }) => sum + ms, 0);
  const rows = passes
    .slice(0, MOST_ROWS)
    .map(({ name, ms, gflops, gbPerSecond }) => [
      name,
      digits(ms),
      percent(ms / total),
      digits(gflops),
      digits(gbPerSecond),
    ]);
  const time = milliseconds(total);
  const caption =
    rows.length < passes.length
      ? t().measure.slowest(rows.length, passes.length, time)
      : t().measure.passes(passes.length, time);
  const { pass, share } = t().measure;
  return table(caption, [pass, 'ms', share, 'GFLOP/s', 'GB/s'], rows);
}

function settingsFrom(form: HTMLFormElement): MeasureSettings {
  const data = new FormData(form);
  return {
    cell: cellOf(data),
    batch: numberOf(data, 'batch'),
    frames: numberOf(data, 'frames'),
    units: numberOf(data, 'units'),
    frontendUnits: numberOf(data, 'frontendUnits'),
    seconds: numberOf(data, 'seconds'),
  };
}
