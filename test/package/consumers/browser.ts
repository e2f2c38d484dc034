/** A program of someone else's, for browsers: it is compiled against the packed package by several compilers. */
import * as alstm from 'alstm/browser';

export async function predict(samples: Float32Array): Promise<number | undefined> {
  const engine = await alstm.openBrowserEngine({ powerPreference: 'low-power' });
  const device: { readonly limits: object } = engine.gpu.device;
  const files = new alstm.UrlFiles('/models', { paths: ['first/config.json'] });
  const predictor = await alstm.Predictor.load(engine, files, 'first');
  const { tasks } = await predictor.predictSamples(samples, 16_000);
  return 'maxBufferSize' in device.limits ? tasks['emotion']?.scores['anger'] : undefined;
}

export async function chosen(bytes: ArrayBuffer): Promise<Uint8Array> {
  const blob = { arrayBuffer: () => Promise.resolve(bytes) };
  const files: alstm.Files = new alstm.BlobFiles([['first/a.wav', blob]]);
  return files.read('first/a.wav');
}

export const heard = (predictor: alstm.Predictor, samples: Float32Array): Promise<object> =>
  alstm.predictAudioBuffer(predictor, {
    length: samples.length,
    numberOfChannels: 1,
    sampleRate: 44_100,
    getChannelData: () => samples,
  });

export async function answer(bytes: ArrayBuffer): Promise<string | undefined> {
  const opened: alstm.Opened = await alstm.open(undefined, { powerPreference: 'low-power' });
  const file = { name: 'a.wav', arrayBuffer: () => Promise.resolve(bytes) };
  const { tasks } = await opened.predict(file);
  opened.close();
  return opened.info.nonCommercial ? opened.license : tasks['emotion']?.label;
}

/** What most pages need: a line each. */
export async function short(files: { name: string; arrayBuffer(): Promise<ArrayBuffer> }[]) {
  const { model } = await alstm.train({ files, manifest: 'speech.csv', out: 'runs/first' });
  const opened = await alstm.open(model, { files: new alstm.OpfsFiles() });
  const found = await opened.predict(files);
  for await (const { label, scores } of opened.stream('microphone', { hopSeconds: 0.5 })) {
    if (label !== undefined && label in scores) break;
  }
  opened.close();
  return found.map(({ score }) => score);
}

export const storage: alstm.Files = new alstm.OpfsFiles();
// @ts-expect-error a browser has no folders
export type None = typeof alstm.NodeFiles;
