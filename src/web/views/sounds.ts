import { emotions } from '../../demo/expressions.js';
import { byId, element } from '../dom.js';
import { get } from '../get.js';
import { labelName, t } from '../language/words.js';
import type { Status } from '../status.js';

/** Sounds that a robot made (tools/make-sounds.ts), to click. */
export class SoundButtons {
  /** @param take hears a sound, and lets it be heard */
  constructor(
    private readonly status: Status,
    private readonly take: (name: string, file: Blob) => Promise<void>,
  ) {
    const buttons = emotions.map((emotion) => {
      const label = t().listen.playRobot(labelName(emotion));
      const icon = element('span', { 'aria-hidden': 'true' }, '▶');
      const button = element(
        'button',
        { type: 'button', class: 'button small', 'aria-label': label },
        icon,
        labelName(emotion),
      );
      button.addEventListener('click', () => void this.#play(emotion));
      return button;
    });
    byId('sounds', HTMLElement).replaceChildren(...buttons);
  }

  async #play(emotion: string): Promise<void> {
    const file = await this.status.run(t().listen.loadingSound, async () =>
      (await get(new URL(`sounds/${emotion}.wav`, document.baseURI).href)).blob(),
    );
    if (file !== undefined) await this.take(t().listen.robot(labelName(emotion)), file);
  }
}
