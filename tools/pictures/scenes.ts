import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { choose, shown, textMatches } from '../../test/browser/page.js';
import type { Cut } from './shoot.js';

/** What the scenes need besides the page. */
export interface Material {
  /** Recordings that were synthesised, in a folder with a manifest. */
  readonly corpus: string;
}

/** A part of the page in which something real was done. */
export interface Scene extends Cut {
  /** Of its pictures. */
  readonly name: string;
  /** Where the page is opened, after its address; the tab of the scene before goes on where there is none. */
  readonly opens?: string;
  /** Left out where the page has no such element. */
  readonly needs?: string;
  /** What it shows are times: nothing else runs beside it. */
  readonly timed?: boolean;
  /** Does it, and waits until it is done. */
  readonly act: (tab: Page, material: Material) => Promise<void>;
}

async function fill(tab: Page, form: string, values: Record<string, number>): Promise<void> {
  await tab.$eval(
    `#${form}`,
    (node, values) => {
      const fields = (node as HTMLFormElement).elements;
      for (const [name, value] of Object.entries(values)) {
        (fields.namedItem(name) as HTMLInputElement).value = String(value);
      }
    },
    values,
  );
}

/** Of the demo corpus. What is known of a voice is how it speaks in every mood. */
const SPEAKER = 'ivan';
const HEARD = 'happiness-3.wav';
const sameVoice = ['anger', 'happiness', 'neutral', 'sadness'].flatMap((emotion) =>
  [1, 2, 4].map((n) => `${emotion}-${n}.wav`),
);

/** In its middle, where the voice is loudest. */
const AT = 0.82;

async function knowVoice(tab: Page, corpus: string): Promise<void> {
  const others = sameVoice.map((name) => join(corpus, SPEAKER, name));
  await choose(tab, 'voice-files', ...others);
  await textMatches(tab, 'voice-known', new RegExp(`^${others.length} recordings`));
}

/** Marks a time in a timeline, in seconds, as its slider does. */
async function mark(tab: Page, timeline: string, seconds: number): Promise<void> {
  await tab.$eval(
    `#${timeline} input[type=range]`,
    (slider, seconds) => {
      slider.value = String(seconds);
      slider.dispatchEvent(new Event('input'));
    },
    seconds,
  );
}

/** One after the other, each in the state in which the one before left the page, if it opens none of its own. */
export const scenes: readonly Scene[] = [
  {
    name: 'listen',
    opens: '#listen',
    async act(tab, { corpus }) {
      await knowVoice(tab, corpus);
      await choose(tab, 'recording', join(corpus, SPEAKER, HEARD));
      await textMatches(tab, 'heard-time', /network/);
      await tab.waitForSelector('#heard-timeline .plot');
      await mark(tab, 'heard-timeline', AT);
    },
    from: '#heard',
    to: '#heard-sound',
  },
  {
    name: 'look',
    async act(tab) {
      await tab.click('#tab-look');
      await tab.waitForSelector('#looked .plot');
      await mark(tab, 'look-timeline', AT);
    },
    from: '#looked',
    to: '#looked',
  },
  {
    name: 'several',
    opens: '#listen',
    needs: '#several',
    async act(tab, { corpus }) {
      await knowVoice(tab, corpus);
      const names = await readdir(join(corpus, SPEAKER));
      await choose(tab, 'recording', ...names.sort().map((name) => join(corpus, SPEAKER, name)));
      await shown(tab, 'several-save');
    },
    from: '#several',
    to: '#several',
  },
  {
    name: 'train',
    opens: '#train',
    async act(tab, { corpus }) {
      await choose(tab, 'corpus-folder', corpus);
      await textMatches(tab, 'data-status', /recordings are ready/);
      await fill(tab, 'settings', {
        units: 16,
        epochs: 20,
        batch: 8,
        learningRate: 0.005,
        subsample: 4,
      });
      await tab.click('#train-start');
      await textMatches(tab, 'train-status', /^(Finished|Stopped early)/);
      await shown(tab, 'confusion-card');
    },
    from: '#train .steps',
    to: '#training',
  },
  {
    name: 'measure',
    timed: true,
    opens: '#measure',
    async act(tab) {
      await fill(tab, 'shape', { seconds: 0.5 });
      await tab.click('#measure-start');
      await shown(tab, 'measured');
    },
    to: '#measured-passes tbody tr:nth-child(8)',
    below: 0,
  },
];
