import type { Browser, Page } from 'puppeteer-core';
import type { AdapterInfo } from '../../src/gpu/device.js';

/** A browser that tests run in, and what is its own about it. One serves all tests of a process. */
export interface TestBrowser {
  readonly name: 'Chromium' | 'Firefox';
  readonly puppeteer: Browser;
  /** What it says of the adapter that it computes on. */
  readonly adapter: Partial<AdapterInfo>;
  /** Where it puts downloads, without asking. */
  readonly downloads: string;
  /** Whether a test may choose a folder as a person does; else its files are put there one by one. */
  readonly choosesFolders: boolean;
  /**
   * Ends the process that talks to the GPU, as a crash of its driver does.
   *
   * @returns false where there is none any more: Firefox computes in its main process after the first end
   */
  killGpuProcess(): Promise<boolean>;
  /** Leaves little of the storage of an origin. */
  limitStorage(page: Page, origin: string): Promise<StorageLimit>;
  close(): Promise<void>;
}

export interface StorageLimit {
  /** Bytes that are too many for a file. */
  readonly tooMuch: number;
  lift(): Promise<void>;
}

export interface BrowserKind {
  start(): Promise<TestBrowser>;
  /** The GPU process of one can be ended once only. */
  readonly endsOnce: boolean;
  /** Whether every network fixture is tried in it, or one of each cell; and every attack, or none. */
  readonly allFixtures: boolean;
  /** Whether a test may ask for a dark page, and for one that does not move. */
  readonly emulatesMedia: boolean;
  /** Whether it has to paint within the budget: Firefox starts slowly. */
  readonly paintsFast: boolean;
}
