/** A program of someone else's, for Node: it is compiled against the packed package by several compilers. */
import {
  AlstmError,
  loadTrainingData,
  NodeFiles,
  open,
  openEngine,
  parseProtocol,
  Predictor,
  readLog,
  settlePlan,
  train,
  TrainingSession,
  type DataSource,
  type EpochLog,
  type KernelPlan,
  type Opened,
  type Prediction,
  type Protocol,
  type RunSettings,
  type ScheduleConfig,
  type SplitRule,
  type TrainOptions,
  type TrainProgress,
} from 'alstm';

export async function predict(path: string): Promise<Prediction> {
  const engine = await openEngine({ adapter: 'swiftshader', log: (line: string) => void line });
  try {
    const bytes: number = engine.gpu.device.limits.maxBufferSize ?? 0;
    if (bytes === 0 || engine.gpu.features.has('shader-f16')) await engine.gpu.lost;
    const files = new NodeFiles();
    const predictor = await Predictor.load(engine, files, path);
    return await predictor.predictFile(files, 'speech.wav');
  } catch (error) {
    if (error instanceof AlstmError) {
      throw new TypeError(`${error.message} ${error.hint ?? ''}`, { cause: error });
    }
    throw error;
  } finally {
    engine.close();
  }
}

export const settings: RunSettings = {
  preset: 'tao-liu-2018',
  model: { recurrent: { cell: 'a-lstm', offsets: [5, 3, 1] }, frontend: {}, heads: [] },
  training: { epochs: 3, optimizer: { name: 'adam', beta1: 0.8 }, schedule: { name: 'cosine' } },
};
// @ts-expect-error there is no such optimiser
export const wrong: RunSettings = { training: { optimizer: { name: 'adan' } } };
// @ts-expect-error one says the kind
export const split: SplitRule = { kind: 'speakers' };

export function rateEnd(schedule: ScheduleConfig): number {
  return schedule.name === 'cosine' ? schedule.minimum : schedule.warmup;
}

export const source: DataSource = { path: 'corpus', corpus: 'manifest', seed: 1 };
export const begin = (stop: { aborted: boolean }): Partial<TrainOptions> => ({
  signal: stop,
  onProgress: (progress: TrainProgress) => void progress,
});

export async function scores(run: string): Promise<readonly number[]> {
  const epochs: readonly EpochLog[] = await readLog(new NodeFiles(), run);
  return epochs.map(
    ({ validation, train }) => (validation?.accuracy ?? 0) + (train.tasks['emotion'] ?? 0),
  );
}

export function seeds(json: unknown): readonly number[] {
  const protocol: Protocol = parseProtocol(json, 'protocol.json');
  return protocol.cells[0]?.name === 'lstm' ? protocol.seeds : [];
}

export const plan = (found: Awaited<ReturnType<typeof settlePlan>>): KernelPlan => found.plan;
export const used = [loadTrainingData, train, TrainingSession];

/** What most programs need: a line each. */
export async function short(microphone: AsyncIterable<Uint8Array>): Promise<number | undefined> {
  const { model, best } = await train({
    ...{ corpus: 'manifest', data: 'speech.csv', out: 'runs/first', epochs: 20, units: 32 },
    onEpoch: ({ epoch }) => void epoch,
  });
  const alstm = await open(model);
  const found = await alstm.predict(['a.wav', new Uint8Array(9), new ArrayBuffer(9)]);
  const names: (string | undefined)[] = found.map(({ label }) => label);
  for await (const { end, score } of alstm.stream(microphone, { rate: 16_000, format: 's16le' })) {
    if (end > 3 && score !== undefined && names.length > 0) break;
  }
  alstm.close();
  return best?.validation?.accuracy;
}
// @ts-expect-error there is no such option
export const mistyped = () => train({ manifest: 'speech.csv', out: 'runs/first', epoch: 20 });
// @ts-expect-error Node has no microphone
export const deaf = (opened: Opened) => opened.stream('microphone');
// @ts-expect-error one says the rate
export const rateless = (opened: Opened) => opened.stream((async function* () {})());

export async function answer(path: string): Promise<string | undefined> {
  const opened: Opened = await open('voices-4', { adapter: 'swiftshader' });
  const { tasks } = await opened.predict(path);
  const again = await opened.predict({ samples: new Float32Array(16_000), rate: 16_000 });
  opened.close();
  return tasks['emotion']?.sure ? opened.labels['emotion']?.[0] : again.tasks['emotion']?.label;
}
// @ts-expect-error one says the rate
export const bare = (opened: Opened) => opened.predict(new Float32Array(9));
