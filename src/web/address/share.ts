import { element } from '../dom.js';
import { t } from '../language/words.js';
import { notices } from '../notices.js';

/** How long the button says that it has copied. */
const SHOWN_MS = 2000;

/** Adds a button beside the tabs that copies the address: the open part, with the model that answers. */
export function offerLink(tabList: HTMLElement): void {
  const text = t().address.copyLink;
  const button = element('button', { type: 'button', class: 'share' }, text);
  tabList.after(button);
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(location.href).then(
      () => {
        button.textContent = t().address.copied;
        setTimeout(() => (button.textContent = text), SHOWN_MS);
      },
      () => notices.tell('address', t().address.copyByHand(location.href)),
    );
  });
}
