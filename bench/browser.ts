/**
 * Times training steps and inference alternately in headless Chromium and in Node, both on SwiftShader.
 * Writes bench/results/<adapter>/browser.json. Needs dist/browser/ (npm run build).
 *
 *     npm run bench:browser -- [--shape 8x50x64] [--seconds 2] [--rounds 3] [--out bench/results]
 */
import { parseArgs } from 'node:util';
import type { Page } from 'puppeteer-core';
import { timeInference } from '../src/bench/inference.js';
import { adapterSlug } from '../src/bench/results.js';
import { ordinary, type BenchShape } from '../src/bench/shape.js';
import { median } from '../src/bench/statistics.js';
import { timeTrainStep } from '../src/bench/train-step.js';
import { UsageError } from '../src/core/errors.js';
import { VERSION } from '../src/core/version.js';
import { Engine } from '../src/gpu/engine.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { openGpu } from '../src/platform/node/open-gpu.js';
import { startChromium } from '../test/browser/chromium.js';
import { libraryPage } from '../test/browser/library-page.js';
import { openSite } from '../test/browser/site.js';
import { workingTreeShaders } from './working-tree.js';

const questions = ['train-step', 'inference'] as const;
type QuestionName = (typeof questions)[number];

/** Frames per second of one measurement. */
type Measure = (question: QuestionName, shape: BenchShape, seconds: number) => Promise<number>;

const { values } = parseArgs({
  options: {
    shape: { type: 'string', default: '8x50x64' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/results' },
  },
});

function shapeOf(text: string): BenchShape {
  const [batch, frames, units] = text.split('x').map(Number);
  if (!batch || !frames || !units) {
    throw new UsageError(`--shape ${text}`, 'Give batch x frames x units, for example 8x50x64.');
  }
  return { ...ordinary, batch, frames, units, cell: 'a-lstm', period: 5, precision: 'f32' };
}

function inNode(engine: Engine): Measure {
  return async (question, shape, seconds) => {
    const time = question === 'train-step' ? timeTrainStep : timeInference;
    return (await time(engine, shape, { seed: 0, seconds })).framesPerSecond;
  };
}

async function inChromium(page: Page): Promise<Measure> {
  await page.evaluate(async () => {
    Object.assign(globalThis, { engine: await alstm.openBrowserEngine() });
  });
  return (question, shape, seconds) =>
    page.evaluate(
      async (question, shape, seconds) => {
        const { engine } = globalThis as unknown as { engine: Engine };
        const time = question === 'train-step' ? alstm.timeTrainStep : alstm.timeInference;
        return (await time(engine, shape, { seed: 0, seconds })).framesPerSecond;
      },
      question,
      shape,
      seconds,
    );
}

const shape = shapeOf(values.shape);
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const gpu = await openGpu({ adapter: 'swiftshader' });
const engine = new Engine(gpu, workingTreeShaders());
const chromium = await startChromium();
const site = await openSite(chromium, {
  folders: { '/alstm/': 'dist/browser' },
  files: { '/index.html': libraryPage },
});
try {
  const places = { node: inNode(engine), browser: await inChromium(await site.open()) };
  const results = [];
  for (const question of questions) {
    const found = { node: [] as number[], browser: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const place of ['node', 'browser'] as const) {
        found[place].push(await places[place](question, shape, seconds));
      }
    }
    const ratio = median(found.browser) / median(found.node);
    results.push({ bench: question, framesPerSecond: found, ratio });
    console.log(
      `${question}: node ${median(found.node).toFixed(0)}, browser ` +
        `${median(found.browser).toFixed(0)} frames/s, ratio ${ratio.toFixed(2)}`,
    );
  }
  const file = {
    format: 'alstm-browser-bench-1',
    version: VERSION,
    adapter: gpu.adapter,
    browser: await chromium.puppeteer.version(),
    shape,
    seconds,
    results,
  };
  const path = `${values.out}/${adapterSlug(gpu.adapter)}/browser.json`;
  await new NodeFiles().write(path, `${JSON.stringify(file, undefined, 2)}\n`);
} finally {
  await site.close();
  await chromium.close();
  engine.close();
}
