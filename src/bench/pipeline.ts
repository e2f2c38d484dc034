import { decodeAudio } from '../audio/decode.js';
import { formatOf } from '../audio/format.js';
import { resample } from '../audio/resample.js';
import { extractionProblem } from '../extraction/sets.js';
import { extractSet } from '../features/extract.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import type { Engine } from '../gpu/engine.js';
import { Predictor, type LoadedRecording } from '../inference/predictor.js';
import type { TrainedModel } from '../model/folder.js';
import { ExtractionSession } from '../session/extraction-session.js';
import { repeat } from './timing.js';

/** An audio file in memory. */
export interface AudioBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The stages from an archive to answers. The last one is the two before it in one, without a readback in between. */
export const stages = [
  'decode',
  'resample',
  'features on the CPU',
  'features on the GPU',
  'network',
  'features and network on the GPU',
] as const;
export type Stage = (typeof stages)[number];

export interface StageTiming {
  readonly stage: Stage;
  /** Milliseconds of the fastest round over all recordings. */
  readonly ms: number;
  /** Hours of audio a second: of one thread, or of the device. */
  readonly hoursPerSecond: number;
}

/** The stages of recordings of one format. */
export interface PipelineTiming {
  /** `WAV`, `FLAC`, `MP3`, `OGG` */
  readonly format: string;
  readonly recordings: number;
  /** Seconds of audio. */
  readonly audioSeconds: number;
  /** Sampling rates of the files in Hz, each once. */
  readonly rates: readonly number[];
  readonly stages: readonly StageTiming[];
}

export interface PipelineOptions {
  /** Seconds to time each stage; at least three rounds. */
  readonly seconds: number;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** Recordings by format, in the order in which formats come. */
function byFormat(files: readonly AudioBytes[]): Map<string, AudioBytes[]> {
  const groups = new Map<string, AudioBytes[]>();
  for (const file of files) {
    const format = formatOf(file.bytes)?.format ?? 'unknown';
    const own = groups.get(format);
    if (own) own.push(file);
    else groups.set(format, [file]);
  }
  return groups;
}

/**
 * Times each stage from files to answers by itself, in this thread and on the device.
 *
 * @param trained the model: it names the features
 * @throws as decodeAudio, for a file that cannot be used
 */
export async function timePipeline(
  engine: Engine,
  trained: TrainedModel,
  files: readonly AudioBytes[],
  { seconds, onProgress }: PipelineOptions,
): Promise<PipelineTiming[]> {
  const set = trained.featureSet ?? defaultFeatureSet;
  const trimDb = trained.trimDb ?? null;
  const kernels = extractionProblem(set) === undefined;
  const groups = byFormat(files);
  const total = groups.size * stages.length;
  let done = 0;
  const timings: PipelineTiming[] = [];
  for (const [format, own] of groups) {
    const decoded = await each(own, ({ bytes, name }) => decodeAudio(bytes, name));
    const audioSeconds = decoded.reduce((sum, recording) => sum + recording.seconds, 0);
    const loaded = await each(
      decoded,
      async ({ samples, rate, seconds }, i): Promise<LoadedRecording> => {
        const { name } = own[i]!;
        return { samples: await resample(samples, rate, set.rate, name), seconds, name };
      },
    );
    const features = await each(loaded, ({ samples, name }) =>
      extractSet(set, samples, name, trimDb),
    );
    const ready =
      trained.normalisation === undefined || trained.normalisation.scope === 'utterance';
    const matrices = features.map((one) => (ready ? one.normalised : one.features));
    const onCpu = new Predictor(engine, trained, { featuresOn: 'cpu' });
    const onGpu = kernels ? new Predictor(engine, trained, { featuresOn: 'gpu' }) : undefined;
    const session = kernels ? new ExtractionSession(engine, set) : undefined;
    const signals = loaded.map(({ samples }) => samples);
    const jobs: Readonly<Record<Stage, (() => Promise<unknown>) | undefined>> = {
      decode: () => each(own, ({ bytes, name }) => decodeAudio(bytes, name)),
      resample: () => each(decoded, ({ samples, rate }) => resample(samples, rate, set.rate)),
      'features on the CPU': () =>
        each(loaded, ({ samples, name }) => extractSet(set, samples, name, trimDb)),
      'features on the GPU':
        session && (() => each(batchesOf(signals), (own) => session.extract(own))),
      network: () => onCpu.predictFeatures(matrices, { normalised: ready }),
      'features and network on the GPU': onGpu && (() => onGpu.predictRecordings(loaded)),
    };
    const found: StageTiming[] = [];
    for (const stage of stages) {
      const job = jobs[stage];
      const needless = stage === 'resample' && decoded.every(({ rate }) => rate === set.rate);
      if (job !== undefined && !needless) {
        const ms = Math.min(...(await repeat(job, seconds)));
        found.push({ stage, ms, hoursPerSecond: audioSeconds / 3600 / (ms / 1000) });
      }
      onProgress?.(++done, total, `${format}: ${stage}`);
    }
    session?.destroy();
    onGpu?.destroy();
    onCpu.destroy();
    const rates = [...new Set(decoded.map(({ rate }) => rate))];
    timings.push({ format, recordings: own.length, audioSeconds, rates, stages: found });
  }
  return timings;
}

/** Most samples that the GPU gets at once: those of some ten minutes at 16 kHz. */
const MOST_SAMPLES = 5_000_000;

function batchesOf(signals: readonly Float32Array[]): Float32Array[][] {
  const batches: Float32Array[][] = [];
  let samples = Infinity;
  for (const signal of signals) {
    if (samples + signal.length > MOST_SAMPLES) {
      batches.push([]);
      samples = 0;
    }
    batches.at(-1)!.push(signal);
    samples += signal.length;
  }
  return batches;
}

/** One after the other, as in one thread. */
async function each<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const found: R[] = [];
  for (const [i, item] of items.entries()) found.push(await work(item, i));
  return found;
}

/** What bounds a pipeline, by arithmetic from its stages. */
export interface Bound {
  /** Where features are computed. */
  readonly features: 'cpu' | 'gpu';
  /** Hours of audio a second that the threads prepare together, and that the device takes. */
  readonly threads: number;
  readonly device: number;
  /** The smaller one, and the stage that makes it so: of the threads the slowest. */
  readonly hoursPerSecond: number;
  readonly stage: Stage;
}

/**
 * A projection: how fast the stages would be together, if threads on cores of their own prepared recordings each at the
 * measured speed, while the device works.
 */
export function projected({ stages: timed }: PipelineTiming, cores: number): Bound[] {
  const speedOf = (stage: Stage): number | undefined =>
    timed.find((own) => own.stage === stage)?.hoursPerSecond;
  const bound = (
    features: 'cpu' | 'gpu',
    ofThreads: readonly Stage[],
    ofDevice: Stage,
  ): Bound[] => {
    // recordings at the rate of the features are not resampled
    const speeds = ofThreads.map((stage) => speedOf(stage) ?? Infinity);
    const device = speedOf(ofDevice);
    if (device === undefined) return [];
    const threads = cores / speeds.reduce((sum, speed) => sum + 1 / speed, 0);
    const slowest = ofThreads[speeds.indexOf(Math.min(...speeds))]!;
    const stage = threads < device ? slowest : ofDevice;
    return [{ features, threads, device, hoursPerSecond: Math.min(threads, device), stage }];
  };
  return [
    ...bound('cpu', ['decode', 'resample', 'features on the CPU'], 'network'),
    ...bound('gpu', ['decode', 'resample'], 'features and network on the GPU'),
  ];
}
