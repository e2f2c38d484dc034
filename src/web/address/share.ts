import { element } from '../dom.js';
import { notices } from '../notices.js';

/** How long the button says that it has copied. */
const SHOWN_MS = 2000;

/** Adds a button beside the tabs that copies the address: the open part, with the model that answers. */
export function offerLink(tabList: HTMLElement): void {
  const text = 'Copy link';
  const button = element('button', { type: 'button', class: 'share' }, text);
  tabList.after(button);
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(location.href).then(
      () => {
        button.textContent = 'Copied';
        setTimeout(() => (button.textContent = text), SHOWN_MS);
      },
      () => notices.tell('address', `The browser does not let the page copy: ${location.href}`),
    );
  });
}
