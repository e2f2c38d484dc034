import { inPage, type Drawing } from '../draw/drawing.js';
import { html, type Html } from '../draw/html.js';

/** A drawing with its title above and a note below. */
export function figure(drawing: Drawing, note: Html | string = ''): Html {
  return html`<figure>
    <figcaption>${drawing.title}</figcaption>
    ${inPage(drawing)} ${note === '' ? '' : html`<p class="note">${note}</p>`}
  </figure>`;
}
