/** What Listen and Look ask of the worker. */
import { UsageError } from '../../core/errors.js';
import { toRecording } from '../../audio/load.js';
import { extractFeatures, type Features } from '../../features/extract.js';
import { COLUMN, FEATURE_COUNT, FEATURE_NAMES, RATE } from '../../features/settings.js';
import { featuresOfSamples } from '../../features/utterance.js';
import { parentFolder } from '../../core/paths.js';
import { envelope } from '../../report/draw/bins.js';
import type {
  Argument,
  Heard,
  HeardWindow,
  Looked,
  ModelInfo,
  NamedFile,
  WorkerEvent,
} from '../protocol.js';
import { blobFiles, modelOfPage, opfs } from './files.js';
import { LoadedModel } from './model.js';
import { TRAINED } from './train-folder.js';

let model: Promise<LoadedModel> | undefined;
let last:
  { readonly name: string; readonly seconds: number; readonly features: Features } | undefined;

function theModel(): Promise<LoadedModel> {
  model ??= modelOfPage().then((files) => LoadedModel.read(files, 'model'));
  return model;
}

export async function loadModel({ files, trained }: Argument<'loadModel'>): Promise<ModelInfo> {
  const read = trained
    ? LoadedModel.read(opfs(), TRAINED)
    : files
      ? LoadedModel.read(blobFiles(files), modelFolder(files))
      : modelOfPage().then((own) => LoadedModel.read(own, 'model'));
  const next = await read; // one that cannot be read leaves the one before
  const before = model;
  model = Promise.resolve(next);
  await (await before)?.destroy();
  warmUp(next);
  return next.info;
}

/** Compiles what the model needs while the user still looks for a recording. */
function warmUp(own: LoadedModel): void {
  const second = new Float32Array(100 * FEATURE_COUNT);
  // A failure would come again, with somebody there to tell.
  own.predict(second).catch(() => undefined);
}

/** The folder that holds a model's files among those of a folder that was chosen. */
function modelFolder(files: readonly NamedFile[]): string {
  const weights = files
    .filter(({ path }) => path.endsWith('model.safetensors'))
    .sort((a, b) => a.path.length - b.path.length)[0];
  if (weights !== undefined) return parentFolder(weights.path);
  throw new UsageError(
    'the folder holds no model.safetensors',
    'Choose the folder that has config.json and model.safetensors: of a run, its model/.',
  );
}

export async function hear(
  { name, file }: Argument<'hear'>,
  tell: (event: WorkerEvent) => void,
): Promise<Heard> {
  const began = performance.now();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { samples, seconds } = await toRecording(bytes, name, RATE);
  const features = extractFeatures(samples, name);
  const after = performance.now();
  const own = await theModel();
  const { scores, attention } = await own.predict(own.normalised(features.features), tell);
  last = { name, seconds, features };
  return {
    name,
    seconds,
    scores,
    outline: envelope(samples, 1200),
    pitch: columnOf(features.features, COLUMN.pitch),
    attention,
    featuresMs: after - began,
    networkMs: performance.now() - after,
  };
}

export async function hearWindow(
  { samples, rate }: Argument<'hearWindow'>,
  tell: (event: WorkerEvent) => void,
): Promise<HeardWindow> {
  const began = performance.now();
  const { features } = await featuresOfSamples(samples, rate, 'microphone');
  const after = performance.now();
  const own = await theModel();
  const { scores } = await own.predict(own.normalised(features), tell);
  const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
  return {
    scores,
    level: Math.sqrt(power),
    featuresMs: after - began,
    networkMs: performance.now() - after,
  };
}

export async function look(
  _: Argument<'look'>,
  tell: (event: WorkerEvent) => void,
): Promise<Looked> {
  if (last === undefined) {
    throw new UsageError('no recording has been heard yet', 'Choose one in Listen.');
  }
  const { name, seconds, features } = last;
  const own = await theModel();
  const normalised = own.normalised(features.features);
  const { attention, gates, combination } = await own.inspect(normalised, tell);
  const directions = gates.map(({ direction, names, means }) => {
    const weights = combination?.find((other) => other.direction === direction);
    return { direction, gateNames: names, gates: means, ...(weights && { combination: weights }) };
  });
  return {
    name,
    seconds,
    frames: features.frames,
    cell: own.info.cell,
    featureNames: FEATURE_NAMES,
    features: normalised,
    attention,
    directions,
  };
}

function columnOf(matrix: Float32Array, column: number): Float32Array {
  const rows = matrix.length / FEATURE_COUNT;
  return Float32Array.from({ length: rows }, (_, t) => matrix[t * FEATURE_COUNT + column] ?? 0);
}
