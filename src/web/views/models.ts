import { cellTraits } from '../../core/cells.js';
import { printable } from '../../core/printable.js';
import { isNonCommercial, licenseText } from '../../model/license.js';
import { termsText } from '../../model/voices.js';
import { byId, digits, element, show } from '../dom.js';
import { chosenFiles } from '../files.js';
import { labelName, t, taskName } from '../language/words.js';
import type { Argument, ModelInfo } from '../protocol.js';
import type { Status } from '../status.js';
import { addressOf, cardOf, shippedVoices, type ShippedVoices } from '../voices.js';
import type { App } from './app.js';

/** The choice of a model of one's own. */
const OWN = 'own';

/** Where a model comes from: the name of one that comes with the page, or as the worker takes it. */
type Source = { readonly shippedAs: string } | Exclude<Argument<'loadModel'>, { shipped: string }>;

/** Which model listens: one that comes with the page, or one of the user's own. */
export class ModelView {
  readonly #choice = byId('model-choice', HTMLSelectElement);
  readonly #card = byId('model-card', HTMLDetailsElement);
  /** The names of those that come with the page. */
  #names: readonly string[] = [];
  /** The name of the one that listens, if it came with the page. */
  #shipped: string | undefined;
  /** One is loaded at a time, and of those that wait only the last. */
  #turn: Promise<void> = Promise.resolve();
  #latest: Source | undefined;

  /** @param loaded called with every model that was loaded */
  constructor(
    private readonly app: App,
    private readonly status: Status,
    private readonly loaded: (info: ModelInfo) => Promise<void>,
  ) {
    this.#choice.addEventListener('change', () => void this.#choose(this.#choice.value));
    const folder = byId('model-folder', HTMLInputElement);
    folder.addEventListener('change', () => {
      const files = chosenFiles(folder);
      folder.value = '';
      if (files.length > 0) void this.#load({ files });
    });
    this.#card.addEventListener('toggle', () => void this.#showCard());
    app.address.onModel((name) => {
      if (this.#comesAlong(name)) void this.#choose(name);
    });
  }

  /** Offers what comes with the page, and loads what the address asks for, or the first of it. */
  async start(): Promise<void> {
    const shipped = await this.status.run(t().model.looking, shippedVoices);
    const options = (shipped ?? []).map((own) =>
      element('option', { value: own.name }, title(own)),
    );
    const own = element('option', { value: OWN }, t().model.own);
    this.#choice.replaceChildren(...options, own);
    this.#names = (shipped ?? []).map(({ name }) => name);
    const { asked } = this.app.address;
    if (asked !== undefined && this.#comesAlong(asked)) this.#choice.value = asked;
    await this.#choose(this.#choice.value, shipped === undefined);
  }

  async useTrained(): Promise<void> {
    await this.#load({ trained: true });
  }

  /** Whether a model that the address asks for is there; says so where it is not. */
  #comesAlong(name: string): boolean {
    const found = this.#names.includes(name);
    if (!found) this.app.address.lacks(name, this.#names);
    return found;
  }

  async #choose(value: string, failed = false): Promise<void> {
    show(byId('model-own', HTMLElement), value === OWN);
    if (value !== OWN) return this.#load({ shippedAs: value });
    if (!failed) this.status.say(t().model.loadFolder);
  }

  async #load(source: Source): Promise<void> {
    this.#latest = source;
    const turn = this.#turn.then(async () => {
      if (this.#latest !== source) return;
      const from = 'shippedAs' in source ? { shipped: addressOf(source.shippedAs) } : source;
      const info = await this.status.run(t().model.loading, () =>
        this.app.client.call('loadModel', from),
      );
      if (info !== undefined) this.#tell(source, info);
      if (this.#latest === source) this.#choice.value = this.#shipped ?? OWN;
      show(byId('model-own', HTMLElement), this.#choice.value === OWN);
      if (info === undefined) return;
      if (this.#latest === source) this.app.address.answeredBy(this.#shipped);
      await this.loaded(info);
    });
    this.#turn = turn;
    await turn;
  }

  #tell(source: Source, info: ModelInfo): void {
    const { labels, numbers, data, license, parameters } = info;
    this.#shipped = 'shippedAs' in source ? source.shippedAs : undefined;
    const origin = 'trained' in source ? t().model.trainedHere : t().model.loaded;
    const names = labels.map(labelName).join(', ');
    byId('model-name', HTMLElement).textContent =
      this.#shipped === undefined ? origin(kindOf(info)) : names;
    const terms = byId('model-terms', HTMLElement);
    const forbids = isNonCommercial(license);
    terms.textContent = forbids
      ? t().model.nonCommercial(licenseText(license ?? ''))
      : t().model.terms(termsText(license));
    terms.classList.toggle('non-commercial', forbids);
    const learned = data === '' ? [] : [t().model.trainedOn(printable(data))];
    const own = this.#shipped === undefined;
    const about = [
      t().model.parameters(digits(parameters)),
      ...(own ? [] : [kindOf(info)]),
      ...(own && labels.length > 0 ? [t().model.labels(names)] : []),
      ...(numbers.length > 0 ? [t().model.numbers(numbers.map(taskName).join(', '))] : []),
    ];
    byId('model-about', HTMLElement).textContent = [...learned, `${about.join('; ')}.`].join(' ');
    this.#card.open = false;
    show(this.#card, this.#shipped !== undefined);
  }

  async #showCard(): Promise<void> {
    const name = this.#shipped;
    if (!this.#card.open || name === undefined) return;
    const text = await this.status.run(t().model.loadingCard, () => cardOf(name));
    if (text !== undefined) byId('model-card-text', HTMLElement).textContent = text;
  }
}

/** One that comes with the page, in a line: `voices-4: 4 emotions (MIT)`. */
function title({ name, labels, license }: ShippedVoices): string {
  const classes = Object.entries(labels).map(([task, own]) =>
    task === 'emotion'
      ? t().model.emotions(own.length)
      : t().model.classes(own.length, taskName(task)),
  );
  return `${name}: ${classes.join(', ')} (${termsText(license)})`;
}

/** All layers, if there are more than an input layer and a recurrent one. */
function kindOf({ cell, units, layers }: ModelInfo): string {
  return layers.length > 2 ? layers.join(', ') : t().model.units(cellTraits(cell).title, units);
}
