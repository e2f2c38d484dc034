import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { encodeWav } from '../../../src/audio/wav.js';
import { writeModel } from '../../../src/model/folder.js';
import { tarGzOf } from '../../model/archives.js';
import { modelEntries } from '../../model/model-entries.js';
import { tinyModel } from '../../model/tiny-model.js';
import { MemoryFiles } from '../../support/memory-files.js';
import { shippedModels } from '../../support/shipped-models.js';
import type { TestBrowser } from '../browser.js';
import { openLibrary } from '../library.js';
import type { Site } from '../site.js';

const samples = Float32Array.from({ length: 24_000 }, (_, i) => Math.sin(i * i * 2e-6) / 2);
const license = 'CC-BY-NC-SA-4.0';
const trained = { ...tinyModel(), license };

/** `open` in a page: of a URL, chosen files, an archive, and the models that come along. */
export function openTests(browser: () => TestBrowser): void {
  let site: Site;

  beforeAll(async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'models/first', trained);
    const served: Record<string, string | Uint8Array> = {
      '/first.tar.gz': tarGzOf((await modelEntries(trained)).entries()),
      '/a.wav': encodeWav(samples, 16_000),
    };
    for (const path of files.paths()) served[`/${path}`] = await files.read(path);
    site = await openLibrary(browser(), { files: served });
  });
  // A request for what is not there is aborted once that is known.
  afterEach(() => expect(site.problems().filter((one) => !one.includes('/nowhere/'))).toEqual([]));
  afterAll(() => site.close());

  it('opens a URL, the files of a folder and an archive alike, and says what the model says', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const bytes = async (path: string) => (await fetch(path)).arrayBuffer();
      const file = async (path: string, name: string) => new File([await bytes(path)], name);
      const chosen = await Promise.all(
        ['config.json', 'model.safetensors'].map((name) => file(`/models/first/${name}`, name)),
      );
      const archive = await file('/first.tar.gz', 'first.tar.gz');
      const wav = await file('/a.wav', 'a.wav');
      const answers = [];
      const log: string[] = [];
      for (const model of ['models/first', chosen, archive]) {
        const opened = await alstm.open(model, { log: (line) => log.push(line) });
        const { tasks } = await opened.predict(wav);
        answers.push(tasks);
        opened.close();
      }
      const opened = await alstm.open('models/first');
      const { labels, license, info } = opened;
      opened.close();
      const after = await opened.predict(wav).catch((error: unknown) => String(error));
      return { answers, labels, license, info, after, log };
    });
    expect(told.answers).toHaveLength(3);
    for (const tasks of told.answers) {
      expect(tasks).toEqual(told.answers[0]);
      const scores = Object.values(tasks['emotion']?.scores ?? {});
      expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    }
    expect(told).toMatchObject({ labels: trained.labels, license });
    expect(told.info).toMatchObject({ name: 'models/first', nonCommercial: true });
    expect(told.log.filter((line) => line.includes('non-commercial'))).toHaveLength(3);
    expect(told.after).toContain('models/first is closed');
    await page.close();
  });

  it('predicts a Blob, an AudioBuffer and samples alike, and nothing else', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const opened = await alstm.open('/models/first');
      const wav = new Blob([await (await fetch('/a.wav')).arrayBuffer()]);
      const { samples, rate } = await alstm.decodeAudio(
        new Uint8Array(await wav.arrayBuffer()),
        'a',
      );
      const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
      buffer.copyToChannel(new Float32Array(samples), 0);
      const answers = [];
      for (const recording of [wav, await wav.arrayBuffer(), buffer, { samples, rate }]) {
        answers.push((await opened.predict(recording)).tasks['emotion']);
      }
      const wrong = await Promise.all(
        ['a.wav', undefined, samples].map((recording) =>
          opened.predict(recording as unknown as Blob).catch((error: unknown) => String(error)),
        ),
      );
      opened.close();
      return { answers, wrong };
    });
    expect(told.answers[0]?.label).toMatch(/\w/);
    for (const answer of told.answers) expect(answer).toEqual(told.answers[0]);
    for (const error of told.wrong) expect(error).toContain('is not a recording');
    await page.close();
  });

  it('streams the microphone, a MediaStream and samples, with a worklet or without, and ends what it opened', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const opened = await alstm.open('/models/first');
      const asked: MediaStream[] = [];
      const { mediaDevices } = navigator;
      const original = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (wanted) => {
        const stream = await original(wanted);
        asked.push(stream);
        return stream;
      };
      const given = await original({ audio: true });
      const options = { hopSeconds: 0.2, leastSeconds: 0.2, windowSeconds: 0.5 };
      const ends = async (source: 'microphone' | MediaStream) => {
        const found: number[] = [];
        for await (const { end, label } of opened.stream(source, options)) {
          found.push(label === undefined ? NaN : end);
          if (found.length === 2) break;
        }
        return found;
      };
      const microphone = await ends('microphone');
      const stream = await ends(given);
      const addModule = AudioWorklet.prototype.addModule.bind(AudioWorklet.prototype);
      AudioWorklet.prototype.addModule = () => Promise.reject(new Error('refused by the policy'));
      const script = await ends('microphone');
      AudioWorklet.prototype.addModule = addModule;
      const states = (of: MediaStream) => of.getTracks().map(({ readyState }) => readyState);
      const own = asked.map(states);
      const others = states(given);
      for (const track of given.getTracks()) track.stop();
      const body = new ReadableStream({ start: (own) => own.enqueue(new Float32Array(9000)) });
      const read = await opened.stream(body, { ...options, rate: 16_000 }).next();
      const wrong = await opened
        .stream(new MediaStream())
        .next()
        .catch((error: unknown) => String(error));
      opened.close();
      return { microphone, stream, script, own, others, read, wrong };
    });
    for (const [first = NaN, second = NaN] of [told.microphone, told.stream, told.script]) {
      expect(first).toBeGreaterThanOrEqual(0.2);
      expect(second).toBeGreaterThanOrEqual(first + 0.2);
    }
    expect(told.own).toEqual([['ended'], ['ended']]);
    expect(told.others).toEqual(['live']);
    expect(told.read.value?.end).toBeCloseTo(0.2, 5);
    expect(told.wrong).toContain('the MediaStream has no sound');
    await page.close();
  });

  it('says what is wrong with files that are no model, and a URL that has none', async () => {
    const page = await site.open();
    const told = await page.evaluate(async () => {
      const failure = (model: Parameters<typeof alstm.open>[0]) =>
        alstm.open(model).then(
          () => 'opened',
          (error: unknown) => String(error),
        );
      const file = new File(['text'], 'notes.txt');
      return [await failure([file]), await failure(file), await failure('nowhere')];
    });
    expect(told[0]).toContain('the chosen files do not include model.safetensors');
    expect(told[1]).toContain('notes.txt is not an archive of a model');
    expect(told[2]).toContain('/nowhere/config.json: there is no such file');
    await page.close();
  });

  it.each([...shippedModels])('opens %s, which comes along, and fetches no other', async (name) => {
    const page = await site.open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const told = await page.evaluate(async (model) => {
      const opened = await alstm.open(model);
      const wav = new Blob([await (await fetch('/a.wav')).arrayBuffer()]);
      const { tasks } = await opened.predict(wav);
      opened.close();
      return { labels: opened.labels, license: opened.license, tasks };
    }, name);
    const config = JSON.parse(
      await readFile(join(shippedModels.get(name)!, 'config.json'), 'utf8'),
    ) as object;
    expect(config).toMatchObject({ labels: told.labels, license: told.license });
    for (const [task, { scores, sure }] of Object.entries(told.tasks)) {
      expect(Object.keys(scores)).toEqual(told.labels[task]);
      expect(sure).toBeTypeOf('boolean');
    }
    expect(asked.filter((path) => path.includes('/voices/')).sort()).toEqual([
      `/alstm/voices/${name}/config.json`,
      `/alstm/voices/${name}/model.safetensors`,
    ]);
    await page.close();
  });
}
