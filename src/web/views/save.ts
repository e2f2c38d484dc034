import { pngOf, type Picture } from '../charts/picture.js';
import { byId } from '../dom.js';
import { download } from '../files.js';
import { t } from '../language/words.js';
import type { Status } from '../status.js';

/** A file that is made when it is asked for. */
export interface Saved {
  readonly name: string;
  readonly content: string | Blob | Promise<string | Blob>;
  readonly type: string;
}

/** Makes a button save a file; undefined: there is nothing yet. */
export function saveButton(id: string, status: Status, make: () => Saved | undefined): void {
  byId(id, HTMLElement).addEventListener('click', () => {
    void status.run(t().saving, async () => {
      const saved = make();
      if (saved !== undefined) download(saved.name, await saved.content, saved.type);
    });
  });
}

export function savedPicture(name: string, picture: Picture): Saved {
  return { name, content: pngOf(picture), type: 'image/png' };
}
