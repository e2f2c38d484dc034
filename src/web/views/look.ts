import { cellTraits } from '../../core/cells.js';
import { combinationPanels, featuresPanel, gatesPanel } from '../charts/network.js';
import { attentionPanel, peakOf } from '../charts/sound.js';
import { Timeline } from '../charts/timeline.js';
import { printable } from '../../core/printable.js';
import { byId, show } from '../dom.js';
import { t } from '../language/words.js';
import type { Looked } from '../protocol.js';
import { Status } from '../status.js';
import type { App } from './app.js';

/** The part that shows what the network does with the recording from Listen. */
export class LookView {
  readonly #status = new Status(byId('look-status', HTMLElement), byId('look-error', HTMLElement));
  readonly #timeline = new Timeline(byId('look-timeline', HTMLElement), t().listen.time);
  readonly #direction = byId('direction', HTMLFieldSetElement);
  /** How many answers there were: that of an older one comes too late. */
  #heard = 0;
  #looked: Looked | undefined;

  constructor(private readonly app: App) {
    app.tabs.onOpen((name) => {
      if (name === 'look') void this.#look();
    });
    byId('to-listen', HTMLElement).addEventListener('click', () => app.tabs.open('listen'));
    this.#direction.addEventListener('change', () => this.#show());
  }

  /** Another recording or model: the view is out of date. */
  renew(): void {
    this.#heard++;
    this.#looked = undefined;
    show(byId('look-empty', HTMLElement), false);
    show(byId('looked', HTMLElement), false);
    if (!byId('look', HTMLElement).hidden) void this.#look();
  }

  async #look(): Promise<void> {
    const heard = this.#heard;
    if (heard === 0 || this.#looked !== undefined) return;
    const looked = await this.#status.run(t().look.looking, () => this.app.client.call('look', {}));
    if (looked === undefined || heard !== this.#heard) return;
    this.#looked = looked;
    show(byId('looked', HTMLElement), true);
    show(
      this.#direction,
      looked.directions.some(({ direction }) => direction === 'backward'),
    );
    byId('look-name', HTMLElement).textContent = printable(looked.name);
    byId('look-about', HTMLElement).textContent = aboutText(looked);
    this.#show();
  }

  #show(): void {
    const looked = this.#looked;
    if (looked === undefined) return;
    const chosen = this.#direction.querySelector<HTMLInputElement>('input:checked')?.value;
    const layers = [...new Set(looked.directions.map(({ layer }) => layer))];
    const { seconds, attention } = looked;
    const panels = layers.flatMap((layer, i) => {
      const ways = looked.directions.filter((own) => own.layer === layer);
      const own = ways.find(({ direction }) => direction === chosen) ?? ways[0];
      if (own === undefined) return [];
      const both = [...combinationPanels(looked, own), gatesPanel(looked, own)];
      return layers.length === 1
        ? both
        : both.map((panel) => ({ ...panel, title: t().look.layer(i + 1, panel.title) }));
    });
    this.#timeline.show(
      seconds,
      [...panels, attentionPanel(seconds, attention), featuresPanel(looked)],
      peakOf(seconds, attention),
    );
  }
}

function aboutText({ cell, directions }: Looked): string {
  const { title, combination } = cellTraits(cell);
  const offsets = [...(directions[0]?.combination?.offsets ?? [])];
  const back = t().look.back(offsets);
  switch (combination) {
    case 'none':
      return t().look.plain(title);
    case 'mean':
      return t().look.mean(title, back);
    case 'attention':
      return t().look.attention(title, back);
  }
}
