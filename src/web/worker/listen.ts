/** What Listen and Look ask of the worker. */
import { AudioError, UsageError } from '../../core/errors.js';
import { resample } from '../../audio/resample.js';
import { recordingFor } from '../../features/recording.js';
import { trimOfSamples } from '../../features/extract.js';
import { columnOf, type FeatureSet } from '../../features/sets/feature-set.js';
import { overAllFrames, type Trim } from '../../features/trim.js';
import { chosenModelFolder } from '../../model/chosen.js';
import { rowOf } from '../../results/row.js';
import { envelope } from '../../report/draw/bins.js';
import type {
  Argument,
  Heard,
  HeardWindow,
  Looked,
  ModelInfo,
  Predicted,
  Result,
  Voice,
  WorkerEvent,
} from '../protocol.js';
import { levelOf, QUIET } from '../quiet.js';
import { blobFiles, opfs, shippedModel } from './files.js';
import { LoadedModel, type Extracted } from './model.js';
import { TRAINED } from './train-folder.js';

let model: LoadedModel | undefined;
/** What was heard last, and the file itself: another model may take other features. */
let last: (Argument<'hear'> & { readonly raw: Raw }) | undefined;

/** A recording's features as they are. */
interface Raw extends Extracted {
  readonly set: FeatureSet;
  readonly seconds: number;
  /** T. */
  readonly frames: number;
  readonly trimDb: number | null;
  /** Where the frames lie that the model takes; absent: it takes all. */
  readonly trim?: Trim & { readonly end: number };
}

/** The features that the model takes. */
function keptOf({ set, features, trim }: Pick<Raw, 'set' | 'features' | 'trim'>): Float32Array {
  if (trim === undefined) return features;
  return features.subarray(trim.start * set.dimensions, trim.end * set.dimensions);
}

/** With the samples, which are needed once. */
async function rawOf(
  own: LoadedModel,
  file: Blob,
  name: string,
  tell?: (event: WorkerEvent) => void,
): Promise<{ readonly raw: Raw; readonly samples: Float32Array }> {
  const { featureSet: set, trimDb } = own;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { samples, seconds } = await recordingFor(set, bytes, name);
  const extracted = await own.features(samples, name, tell);
  const frames = extracted.features.length / set.dimensions;
  const trim = trimOfSamples(samples, set, trimDb);
  const raw = { ...extracted, set, seconds, frames, trimDb, ...(trim && { trim }) };
  return { raw, samples };
}

function theModel(): LoadedModel {
  if (model !== undefined) return model;
  throw new UsageError('no model is loaded', 'Choose one in Listen.');
}

export async function loadModel(from: Argument<'loadModel'>): Promise<ModelInfo> {
  const next = await read(from); // if it cannot be read, the model before stays
  const before = model;
  if (before !== undefined) next.adoptVoice(before);
  model = next;
  await before?.destroy();
  warmUp(next).catch(() => undefined);
  return next.info;
}

async function read(from: Argument<'loadModel'>): Promise<LoadedModel> {
  if ('shipped' in from) return LoadedModel.read(await shippedModel(from.shipped), 'model');
  if ('trained' in from) return LoadedModel.read(opfs(), TRAINED);
  const folder = chosenModelFolder(from.files.map(({ path }) => path));
  return LoadedModel.read(blobFiles(from.files), folder);
}

/**
 * Compiles what the model needs while the user still looks for a recording: what the network and the features run on the
 * GPU, and what the JavaScript engine compiles once it has run often enough. Step by step, so that a call in between waits
 * for one step only. A failure would come again when there is somebody to report it to.
 */
async function warmUp(own: LoadedModel): Promise<void> {
  const { featureSet: set } = own;
  const second = new Float32Array(set.frames(set.rate) * set.dimensions);
  await own.predict(own.ready(second, true));
  const noise = Float32Array.from({ length: MICROPHONE_RATE }, (_, n) => Math.sin(n * n) / 4);
  for (let round = 0; round < WARM_ROUNDS && own === model; round++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const samples = await resample(noise, MICROPHONE_RATE, set.rate, 'noise');
    trimOfSamples(samples, set, own.trimDb);
    own.ready((await own.features(samples, 'noise')).features, true);
  }
}

/** What microphones and recordings have most often, in Hz. */
const MICROPHONE_RATE = 48_000;
/** Seconds of sound after which V8 and SpiderMonkey have compiled the features' loops, with some to spare. */
const WARM_ROUNDS = 4;

export async function hear(
  recording: Argument<'hear'>,
  tell: (event: WorkerEvent) => void,
): Promise<Heard> {
  const own = theModel();
  const { name, file, alone = false } = recording;
  const began = performance.now();
  const { raw, samples } = await rawOf(own, file, name, tell);
  const after = performance.now();
  const { confidence } = own;
  const voice = alone && own.known !== undefined ? 0 : own.known;
  const { attention, predicted } = await predictedOf(own, name, raw, alone, tell);
  last = { ...recording, raw };
  return {
    ...predicted,
    ...(confidence && { confidence }),
    ...(voice !== undefined && { voice }),
    outline: envelope(samples, 1200),
    pitch: columnOf(own.featureSet, raw.features, 'pitch') ?? new Float32Array(),
    attention,
    featuresMs: after - began,
    networkMs: performance.now() - after,
  };
}

export async function predict(
  { name, file }: Argument<'predict'>,
  tell: (event: WorkerEvent) => void,
): Promise<Predicted> {
  const own = theModel();
  const { raw } = await rawOf(own, file, name, tell);
  return (await predictedOf(own, name, raw, false, tell)).predicted;
}

async function predictedOf(
  own: LoadedModel,
  name: string,
  raw: Raw,
  alone: boolean,
  tell: (event: WorkerEvent) => void,
): Promise<{ readonly predicted: Predicted; readonly attention: Float32Array }> {
  const { seconds, featuresOn, trim } = raw;
  const { speakerRecordings, ...ready } = own.ready(keptOf(raw), alone);
  const { prediction, ...answer } = await own.predict(ready, tell);
  const attention = overAllFrames(prediction.attention, trim);
  const of = { ...prediction, seconds, featuresOn };
  const whose = speakerRecordings === undefined ? {} : { speakerRecordings };
  const row = rowOf(name, { ...of, ...whose }, false);
  return { predicted: { name, seconds, ...answer, row }, attention };
}

export function csvOf({ rows }: Argument<'csvOf'>): string {
  return theModel().csvOf(rows);
}

export async function hearWindow(
  { samples, rate, first, whole }: Argument<'hearWindow'>,
  tell: (event: WorkerEvent) => void,
): Promise<HeardWindow> {
  const own = theModel();
  const began = performance.now();
  const { featureSet: set, trimDb } = own;
  const resampled = await resample(samples, rate, set.rate, 'microphone');
  const { features: all } = await own.features(resampled, 'microphone', tell);
  const trim = trimOfSamples(resampled, set, trimDb);
  const features = keptOf({ set, features: all, ...(trim && { trim }) });
  const after = performance.now();
  const level = levelOf(samples);
  const loud = level >= QUIET;
  const { voice, ...ready } = own.readyWindow(features, { first, whole: whole && loud });
  const { confidence } = own;
  const { scores, values, sure } = await own.predict(ready, tell);
  return {
    scores,
    values,
    level,
    ...(sure !== undefined && { sure }),
    ...(confidence && { confidence }),
    ...(voice !== undefined && { voice }),
    featuresMs: after - began,
    networkMs: performance.now() - after,
  };
}

export async function enrol({ files }: Argument<'enrol'>): Promise<Result<'enrol'>> {
  const own = theModel();
  const skipped: string[] = [];
  for (const { path, file } of files) {
    try {
      own.enrol(keptOf((await rawOf(own, file, path)).raw));
    } catch (error) {
      if (!(error instanceof AudioError)) throw error;
      skipped.push(error.message);
    }
  }
  return { ...own.voice, skipped };
}

export function forgetVoice(): Voice {
  const own = theModel();
  own.forgetVoice();
  return own.voice;
}

export async function look(
  _: Argument<'look'>,
  tell: (event: WorkerEvent) => void,
): Promise<Looked> {
  if (last === undefined) {
    throw new UsageError('no recording was chosen yet', 'Choose one in Listen.');
  }
  const { name, file, alone = false, raw } = last;
  const own = theModel();
  const { featureSet: set } = own;
  const fits = raw.set === set && raw.trimDb === own.trimDb;
  const now = fits ? raw : (await rawOf(own, file, name, tell)).raw;
  const { seconds, frames, trim } = now;
  const ready = own.ready(keptOf(now), alone);
  const { attention, gates, combination } = await own.inspect(ready, trim, tell);
  const directions = gates.map(({ layer, direction, names, means }) => {
    const weights = combination?.find(
      (other) => other.layer === layer && other.direction === direction,
    );
    const own = { layer, direction, gateNames: names, gates: means };
    return { ...own, ...(weights && { combination: weights }) };
  });
  return {
    name,
    seconds,
    frames,
    cell: own.info.cell,
    featureNames: set.names,
    features: overAllFrames(ready.features, trim, set.dimensions),
    attention,
    directions,
  };
}
