import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'puppeteer-core';
import {
  loadTrainingData,
  NodeFiles,
  openEngine,
  Predictor,
  train,
  type Engine,
} from '../../../src/index.js';
import type { TestBrowser } from '../browser.js';
import { corpus, settings, setUpLab, source, type Told } from '../lab.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

/** SPEC's tolerance for the same computation on another machine. */
const TOLERANCE = 1e-4;
const recording = 'cid-0.wav';

export function trainingTests(browser: () => TestBrowser): void {
  let folder: string;
  let engine: Engine;
  let site: Site;
  /** Of the run in Node. */
  let losses: number[];
  let model: string;
  /** The run in the browser that nothing has cut. */
  let whole: Awaited<ReturnType<typeof lab.train>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-training-'));
    const files = new NodeFiles();
    for (const [path, bytes] of Object.entries(corpus))
      await files.write(join(folder, path), bytes);
    engine = await openEngine({ adapter: 'swiftshader' });
    const data = await loadTrainingData(files, { ...source, path: join(folder, 'manifest.csv') });
    const run = await train({ engine, files, out: join(folder, 'run'), data, settings });
    losses = run.log.map((entry) => entry.train.total);
    model = run.model;
    const served = Object.entries(corpus).map(([path, bytes]) => [`/corpus/${path}`, bytes]);
    site = await openLibrary(browser(), {
      folders: { '/model/': model },
      files: Object.fromEntries(served) as Record<string, string | Uint8Array>,
    });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(async () => {
    await site.close();
    engine.close();
    await rm(folder, { recursive: true });
  });

  const openLab = async () => setUpLab(await site.open());
  const resume = (page: Page, run: string) =>
    page.evaluate((run) => lab.train(run, { resume: true }), run);

  /** Begins a run without waiting for its end; resolves when it has done two epochs. */
  async function begin(page: Page, run: string): Promise<void> {
    await page.evaluate((run) => {
      const holder = globalThis as { ended?: ReturnType<typeof lab.train> };
      holder.ended = lab.train(run);
    }, run);
    await page.waitForFunction(() => lab.epochs >= 2, { polling: 5 });
  }

  it('trains to the losses of Node', async () => {
    const page = await openLab();
    whole = await page.evaluate(() => lab.train('whole'));
    expect(whole).toMatchObject({ stopped: 'epochs' });
    const got = 'losses' in whole ? whole.losses : [];
    expect(losses).toHaveLength(settings.training.epochs);
    expect(got).toHaveLength(losses.length);
    losses.forEach((loss, i) => {
      expect(Math.abs((got[i] ?? NaN) - loss)).toBeLessThanOrEqual(TOLERANCE * Math.abs(loss));
    });
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    await page.close();
  });

  it('predicts as Node does, whoever trained', async () => {
    const page = await openLab();
    const inBrowser = await page.evaluate(async (recording) => {
      lab.files.mount('/model', new alstm.UrlFiles('/model'));
      const engine = lab.engine ?? (await alstm.openBrowserEngine());
      const results = [];
      for (const path of ['/model', '/opfs/whole']) {
        const predictor = await alstm.Predictor.load(engine, lab.files, path);
        const { tasks, attention } = await predictor.predictFile(lab.files, `/corpus/${recording}`);
        results.push([...Object.values(tasks['emotion']?.scores ?? {}), ...attention]);
      }
      const names = ['config.json', 'model.safetensors'];
      const own = await Promise.all(
        names.map(async (name) => [name, [...(await lab.files.read(`/opfs/whole/model/${name}`))]]),
      );
      return { results, model: Object.fromEntries(own) as Record<string, number[]> };
    }, recording);

    const files = new NodeFiles();
    const copied = join(folder, 'of-browser');
    for (const [name, bytes] of Object.entries(inBrowser.model)) {
      await files.write(join(copied, name), Uint8Array.from(bytes));
    }
    const inNode: number[][] = [];
    for (const path of [model, copied]) {
      const predictor = await Predictor.load(engine, files, path);
      const { tasks, attention } = await predictor.predictFile(files, join(folder, recording));
      inNode.push([...Object.values(tasks['emotion']?.scores ?? {}), ...attention]);
      predictor.destroy();
    }
    inNode.forEach((values, i) => {
      expect(values.length).toBeGreaterThan(20);
      const got = inBrowser.results[i] ?? [];
      expect(got).toHaveLength(values.length);
      values.forEach((x, j) =>
        expect(Math.abs((got[j] ?? NaN) - x)).toBeLessThanOrEqual(TOLERANCE),
      );
    });
    await page.close();
  });

  it('trains on chosen files in one call, whose model opens, and names a wrong option', async () => {
    const page = await site.open();
    const told = await page.evaluate(async (paths) => {
      const files = await Promise.all(
        paths.map(
          async (path) => new File([await (await fetch(`/corpus/${path}`)).arrayBuffer()], path),
        ),
      );
      const small = { preset: 'alstm-1', units: 4, heads: ['emotion'], epochs: 1 } as const;
      const given = { files, manifest: 'manifest.csv', out: 'runs/call', ...small };
      const { model, stopped, log } = await alstm.train(given);
      const opened = await alstm.open(model, { files: new alstm.OpfsFiles() });
      const { label } = await opened.predict(files.find(({ name }) => name === 'cid-0.wav')!);
      opened.close();
      const wrong = await alstm
        .train({ ...given, epoch: 1 } as typeof given)
        .catch((error: unknown) => String(error));
      return { model, stopped, epochs: log.length, label, wrong };
    }, Object.keys(corpus));
    expect(told).toMatchObject({ model: 'runs/call/model', stopped: 'epochs', epochs: 1 });
    expect(['anger', 'sadness']).toContain(told.label);
    expect(told.wrong).toContain('train has no option "epoch"');
    await page.close();
  });

  it('resumes bit-identically after the tab was closed', async () => {
    const first = await openLab();
    await begin(first, 'closed');
    await first.close();
    const second = await openLab();
    expect(await second.evaluate(() => lab.files.list('/opfs/closed/checkpoints'))).not.toEqual([]);
    expect(await second.evaluate(() => lab.files.exists('/opfs/closed/model/config.json'))).toBe(
      true,
    );
    expect(await resume(second, 'closed')).toEqual(whole);
    await second.close();
  });

  it('reports a lost device, and goes on from the last checkpoint with a new one', async () => {
    const page = await openLab();
    const told = (await page.evaluate(() => lab.train('lost', { loseAfter: 2 }))) as Told;
    expect(told.name).toBe('DeviceLostError');
    expect(told.message).toMatch(/^the GPU device was lost: ./);
    expect(told.hint).toContain('continues from the last checkpoint');
    expect(await page.evaluate(() => lab.epochs)).toBe(2);
    expect(await resume(page, 'lost')).toEqual(whole);
    await page.close();
  });

  it('reports a GPU process that ended, and goes on when there is another', async () => {
    const page = await openLab();
    await begin(page, 'killed');
    await browser().killGpuProcess();
    const told = (await page.evaluate(
      () => (globalThis as { ended?: ReturnType<typeof lab.train> }).ended,
    )) as Told;
    expect(told.name).toBe('DeviceLostError');
    expect(told.message).toMatch(/^the GPU device was lost: ./);
    expect(await resume(page, 'killed')).toEqual(whole);
    await page.close();
  });
}
