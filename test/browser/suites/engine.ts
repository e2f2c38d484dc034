import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { decodeAudio } from '../../../src/audio/decode.js';
import { resample } from '../../../src/audio/resample.js';
import { FEATURE_COUNT } from '../../../src/features/sets/prosody36/settings.js';
import { featuresOfSamples } from '../../../src/features/utterance.js';
import { writeModel } from '../../../src/model/folder.js';
import { tinyModel } from '../../model/tiny-model.js';
import { MemoryFiles } from '../../support/memory-files.js';
import type { TestBrowser } from '../browser.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

const worker = `
  import { openBrowserEngine, OpfsFiles, Predictor, UrlFiles } from '/alstm/alstm.js';
  onmessage = async ({ data: samples }) => {
    try {
      const engine = await openBrowserEngine();
      const predictor = await Predictor.load(engine, new UrlFiles('/model'), '.');
      const { tasks } = await predictor.predictSamples(samples);
      const files = new OpfsFiles();
      await files.write('worker/note.txt', 'from the worker');
      postMessage({ scores: tasks.emotion.scores, window: typeof window });
      engine.close();
    } catch (error) {
      postMessage({ failed: String(error) });
    }
  };
`;

const recordings = 'test/audio/fixtures';
const samples = Float32Array.from({ length: 24_000 }, (_, i) => Math.sin(i * i * 2e-6) / 2);
export function engineTests(browser: () => TestBrowser): void {
  let site: Site;

  beforeAll(async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'model', tinyModel());
    const served: Record<string, string | Uint8Array> = { '/worker.js': worker };
    for (const name of await files.list('model')) {
      served[`/model/${name}`] = await files.read(`model/${name}`);
    }
    site = await openLibrary(browser(), { folders: { '/audio/': recordings }, files: served });
  });
  afterEach(() => expect(site.problems()).toEqual([]));
  afterAll(() => site.close());

  it('opens the adapter of the browser and says so', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const log: string[] = [];
      const engine = await alstm.openBrowserEngine({ log: (line) => log.push(line) });
      engine.close();
      return { log, adapter: engine.gpu.adapter };
    });
    expect(told.adapter).toMatchObject(browser().adapter);
    expect(told.log).toEqual([
      `computing on ${browser().adapter.name}`,
      `${browser().adapter.name} runs on the CPU, not on a GPU: slow`,
    ]);
    await page.close();
  });

  it('says what to do where there is no WebGPU, no GPU, or a page that is not secure', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const failure = async (options: Parameters<typeof alstm.openBrowserEngine>[0] = {}) => {
        try {
          await alstm.openBrowserEngine(options);
          return ['opened'];
        } catch (error) {
          const { name, message, hint } = error as InstanceType<typeof alstm.AdapterError>;
          return [name, message, hint];
        }
      };
      const none = await failure({ gpu: { requestAdapter: () => Promise.resolve(null) } });
      Reflect.deleteProperty(Navigator.prototype, 'gpu');
      const missing = await failure();
      Object.defineProperty(globalThis, 'isSecureContext', { value: false });
      return { none, missing, insecure: await failure() };
    });
    expect(told.missing.slice(0, 2)).toEqual(['AdapterError', 'this browser has no WebGPU here']);
    expect(told.missing[2]).toContain('Chrome');
    expect(told.insecure[2]).toContain('https');
    expect(told.none.slice(0, 2)).toEqual([
      'AdapterError',
      'the browser has WebGPU, but no usable GPU',
    ]);
    expect(told.none[2]).toContain('hardware acceleration');
    await page.close();
  });

  it('predicts in a worker as in the page', async () => {
    const page = await site.open();
    const told = await page.evaluate(async (values) => {
      const samples = Float32Array.from(values);
      const worker = new Worker('/worker.js', { type: 'module' });
      const answer = new Promise<unknown>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.postMessage(samples);
      const own = (await answer) as { scores: Record<string, number>; window: string };
      worker.terminate();
      const engine = await alstm.openBrowserEngine();
      const predictor = await alstm.Predictor.load(engine, new alstm.UrlFiles('/model'), '.');
      const { tasks } = await predictor.predictSamples(samples);
      const note = await alstm.readText(new alstm.OpfsFiles(), 'worker/note.txt');
      engine.close();
      return { own, note, scores: tasks['emotion']?.scores };
    }, Array.from(samples));
    expect(told.note).toBe('from the worker');
    expect(told.own).toEqual({ scores: told.scores, window: 'undefined' });
    expect(Object.keys(told.scores ?? {})).toHaveLength(3);
    await page.close();
  });

  it('decodes and resamples in the page to the features of Node', async () => {
    const page = await site.open();
    const rate = 22_050;
    const source = Float32Array.from(samples, (x) => Math.round(x * 32768) / 32768);
    const got = await page.evaluate(
      async (values, rate) => {
        const wav = alstm.encodeWav(Float32Array.from(values), rate);
        const { samples } = await alstm.decodeAudio(wav, 'tone.wav');
        const { features } = await alstm.featuresOfSamples(samples, rate);
        const resampled = await alstm.resample(samples, rate, 16_000);
        return { features: [...features], resampled: [...resampled] };
      },
      Array.from(source),
      rate,
    );
    expect(got.resampled).toEqual([...(await resample(source, rate, 16_000))]);
    const { features } = await featuresOfSamples(source, rate);
    expect(got.features).toHaveLength(features.length);
    expect(features.length % FEATURE_COUNT).toBe(0);
    features.forEach((x, i) => {
      expect(Math.abs((got.features[i] ?? NaN) - x)).toBeLessThanOrEqual(1e-4 * Math.abs(x) + 1e-6);
    });
    await page.close();
  });

  it('decodes FLAC, MP3, Vorbis and Opus to the samples of Node', async () => {
    const page = await site.open();
    const names = readdirSync(recordings).filter((name) => /\.(flac|mp3|ogg)$/.test(name));
    expect(names.length).toBeGreaterThanOrEqual(4);
    for (const name of names) {
      const got = await page.evaluate(async (name) => {
        const bytes = await new alstm.UrlFiles('/audio').read(name);
        const { samples, rate } = await alstm.decodeAudio(bytes, name);
        return { samples: [...samples], rate };
      }, name);
      const own = await decodeAudio(readFileSync(`${recordings}/${name}`), name);
      expect(got.rate).toBe(own.rate);
      expect(Float32Array.from(got.samples)).toEqual(own.samples);
    }
    await page.close();
  });

  it('predicts what Web Audio decoded, and a stream of it', async () => {
    const page = await site.open();
    const told = await page.evaluate(async (values) => {
      const engine = await alstm.openBrowserEngine();
      const predictor = await alstm.Predictor.load(engine, new alstm.UrlFiles('/model'), '.');
      const buffer = new AudioBuffer({
        length: values.length,
        sampleRate: 16_000,
        numberOfChannels: 2,
      });
      buffer.copyToChannel(Float32Array.from(values), 0);
      buffer.copyToChannel(Float32Array.from(values), 1);
      const whole = await alstm.predictAudioBuffer(predictor, buffer);
      const heard: number[][] = [];
      const stream = new alstm.StreamPredictor(predictor, {
        windowSeconds: 1,
        everyMs: 500,
        onPrediction: ({ end, seconds }) => heard.push([end, seconds]),
        onError: (error) => heard.push([NaN, Number(String(error))]),
      });
      for (let at = 0; at < values.length; at += 800) {
        stream.push(Float32Array.from(values.slice(at, at + 800)));
        await stream.idle();
      }
      const alone = await predictor.predictSamples(Float32Array.from(values));
      engine.close();
      return { heard, whole: whole.tasks, alone: alone.tasks };
    }, Array.from(samples));
    expect(told.heard).toEqual([
      [1, 1],
      [1.5, 1],
    ]);
    expect(told.whole).toEqual(told.alone);
    await page.close();
  });
}
