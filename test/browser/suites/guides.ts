import { expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { blocksOf } from '../../guides/blocks.js';
import { libraryBuild } from '../builds.js';
import type { TestBrowser } from '../browser.js';
import { openSite } from '../site.js';
import { voice } from '../voice.js';

/** The pages that README and the guide show: each is given a recording, and answers. */
export function guideTests(browser: () => TestBrowser): void {
  it.each(['README.md', 'test/guides/browser.md'])('%s shows a page that answers', async (path) => {
    const [block] = (await blocksOf(path)).filter(({ language }) => language === 'html');
    const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${block?.text}`;
    const site = await openSite(browser(), {
      folders: { '/': await libraryBuild() },
      files: { '/index.html': html, '/speech.wav': encodeWav(voice(2), 16_000) },
    });
    try {
      const page = await site.open();
      await page.waitForFunction(() => document.querySelector('input')?.onchange);
      const answer = await page.evaluate(async () => {
        const input = document.querySelector('input')!;
        const chosen = new DataTransfer();
        chosen.items.add(new File([await (await fetch('speech.wav')).blob()], 'speech.wav'));
        input.files = chosen.files;
        input.dispatchEvent(new Event('change'));
        const output = document.querySelector('output')!;
        while (output.value === '') await new Promise((resolve) => setTimeout(resolve, 50));
        return output.value;
      });
      expect(['anger', 'happiness', 'neutral', 'sadness']).toContain(answer);
      expect(site.problems()).toEqual([]);
    } finally {
      await site.close();
    }
  });
}
