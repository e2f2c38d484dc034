import { UsageError } from '../../core/errors.js';
import { parseShard } from '../../core/shard.js';
import { sha256 } from '../../features/digest.js';
import { featureStage } from '../../inference/feature-stage.js';
import { predictWindows } from '../../inference/predict-all.js';
import type { FeaturesOn } from '../../inference/predictor.js';
import { sampleStage } from '../../inference/sample-stage.js';
import { heardStage } from '../../inference/speaker-groups.js';
import type { AnyPredictor } from '../../inference/ensemble.js';
import { modelDigest } from '../../model/digest.js';
import { PRIOR_WARNING, sharesOf, type ClassPrior } from '../../metrics/prior.js';
import { openPredictor, readTogether, type TrainedModels } from '../given/ensemble.js';
import { defaultText, modelFirst } from '../given/model-first.js';
import { readPrior } from '../given/prior.js';
import type { Cli } from '../cli.js';
import { columnsOf } from '../../results/columns.js';
import { corrected, TASK } from '../predict/corrected.js';
import { type Given, type Inputs, readInputs, selected } from '../predict/inputs.js';
import { ResultsFile } from '../predict/results-file.js';
import { Teller } from '../predict/teller.js';
import {
  FewKnown,
  readVoices,
  refuseSpeaker,
  voiced,
  type VoiceFlags,
  type Voices,
} from '../predict/voices.js';

export interface PredictFlags extends VoiceFlags {
  readonly with?: readonly string[];
  readonly manifest?: string;
  readonly allowOutside?: boolean;
  readonly out?: string;
  readonly resume?: boolean;
  readonly retryFailed?: boolean;
  readonly shard?: string;
  readonly attention: boolean;
  readonly featureCache: boolean;
  readonly featuresOn?: FeaturesOn;
}

/** Recordings that are prepared at a time for each worker: while one is read, another is decoded. */
const AT_ONCE = 4;

/** Seconds after which recordings that come slowly are predicted. */
const LINGER = 1;

export async function predict(
  cli: Cli,
  operands: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  refuseFlags(flags);
  const { manifest, allowOutside, out } = flags;
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard, process.env);
  const elsewhere = manifest !== undefined;
  const { model, recordings: given, byDefault } = await modelFirst(cli.files, operands, elsewhere);
  const models = [model, ...(flags.with ?? [])] as const;
  const trained = await readTogether(cli, models);
  const [first] = trained;
  if (byDefault) cli.log(defaultText(first));
  refuseSpeaker(first, model, flags);
  const kind = first.featureSet?.external ? 'features' : 'audio';
  const inputs = await readInputs(cli, given, { manifest, allowOutside, kind });
  const voices = await readVoices(cli, first, flags, inputs.hasSpeakers);
  const prior = flags.prior === undefined ? undefined : await readPrior(cli, flags.prior);
  if (prior !== undefined) {
    sharesOf(prior, first.labels[TASK] ?? []);
    cli.warn(`scores ${PRIOR_WARNING}`);
  }
  const together = first.normalisation?.scope === 'speaker' || prior !== undefined;
  const keyOf = (together && voices.keyOf) || (({ path: own }: Given) => own);
  const chosen = selected(inputs, keyOf, { shard, once: out !== undefined });
  const file = out === undefined ? undefined : await openFile(cli, out, flags, trained, prior);
  try {
    if (file?.complete) cli.log(`${file.path} is complete: nothing is left to do`);
    else {
      const predictor = await openPredictor(cli, trained, models, flags.featuresOn);
      try {
        await predictThem(cli, { predictor, inputs: chosen, voices, prior, file, flags });
      } finally {
        predictor.destroy();
      }
    }
  } finally {
    await file?.close();
  }
}

interface Work {
  readonly predictor: AnyPredictor;
  readonly inputs: Inputs;
  readonly voices: Voices;
  readonly prior: ClassPrior | undefined;
  readonly file: ResultsFile | undefined;
  readonly flags: PredictFlags;
}

async function predictThem(
  cli: Cli,
  { predictor, inputs, voices, prior, file, flags }: Work,
): Promise<void> {
  const { cache, warn } = cli;
  const done: ReadonlySet<string> = file?.done ?? new Set();
  const left = remaining(inputs, done);
  const teller = new Teller(cli, {
    file,
    attention: flags.attention,
    ...(left !== undefined && { total: left }),
  });
  const workers = cli.workers(left);
  const atOnce = AT_ONCE * workers.size;
  const options = {
    ...(flags.featureCache && { cache }),
    warn,
    features: workers.features.bind(workers),
    samples: workers.samples.bind(workers),
    onStretch: teller.within.bind(teller),
  };
  const stage = featureStage(predictor, cli.files, options);
  const fewKnown = new FewKnown(cli);
  const items = voiced(inputs.recordings, {
    ...{ predictor, stage, voices, done, atOnce },
    together: prior !== undefined,
    onHeard: (name, usable) => {
      cli.log(`${usable} recordings of ${name}, normalised together`);
      fewKnown.tell(name, usable);
    },
  });
  const linger = inputs.slow ? { seconds: LINGER } : {};
  const how = { atOnce, ...linger };
  const windows =
    predictor.featuresOn === 'gpu' && eachAlone(voices, prior)
      ? predictWindows(sampleStage(predictor, cli.files, options), items, how)
      : predictWindows(heardStage(stage), items, how);
  for await (const window of prior ? corrected(windows, prior) : windows) {
    for (const { recording, prediction } of window) {
      const { group } = recording;
      const n = prediction?.speakerRecordings;
      if (n !== undefined) fewKnown.tell(group && voices.nameOf(group), n);
    }
    await teller.tell(window);
  }
  await teller.end();
}

/** Whether no recording has to wait for others of its speaker. */
function eachAlone({ keyOf, only, enrolled }: Voices, prior: ClassPrior | undefined): boolean {
  const known = only !== undefined && enrolled.has(only);
  return keyOf === undefined || (known && prior === undefined);
}

/** Before anything is computed: options that mean nothing without another. */
function refuseFlags({ out, resume, retryFailed }: PredictFlags): void {
  if (resume && out === undefined) {
    throw new UsageError('--resume was given without --out', 'Give the file to go on with.');
  }
  if (retryFailed && !resume) {
    throw new UsageError('--retry-failed was given without --resume', 'Give both.');
  }
}

/** The file of the results, begun or continued. */
async function openFile(
  cli: Cli,
  out: string,
  flags: PredictFlags,
  trained: TrainedModels,
  prior: ClassPrior | undefined,
): Promise<ResultsFile> {
  const { speaker, speakerBy, enrolment, shard, attention, resume, retryFailed } = flags;
  const columns = columnsOf(trained, prior && TASK);
  const models: string[] = [];
  for (const own of trained) models.push(await modelDigest(own));
  const enrolments: string[] = [];
  for (const own of enrolment ?? []) enrolments.push(await sha256(await cli.files.read(own)));
  const given = {
    speaker,
    speakerBy,
    enrolment: enrolment && enrolments,
    prior,
    shard,
    attention: attention && ResultsFile.keepsAttention(out),
  };
  const options = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value ?? null]),
  );
  return ResultsFile.open(cli, out, {
    settings: { models, options, columns: columns.map(({ name }) => name) },
    ...{ columns, resume: resume ?? false, retryFailed: retryFailed ?? false },
  });
}

/** How many recordings are to be predicted, if it is known. */
function remaining({ recordings }: Inputs, done: ReadonlySet<string>): number | undefined {
  if (Symbol.asyncIterator in recordings) return undefined;
  let left = 0;
  for (const { path: own } of recordings) if (!done.has(own)) left++;
  return left;
}
