import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.js';
import { parentFolder } from '../../core/paths.js';
import { byUtterance } from '../../features/normalise.js';
import {
  FEW_RECORDINGS,
  joinMoments,
  type SpeakerMoments,
} from '../../features/speaker-moments.js';
import { overAllFrames } from '../../features/trim.js';
import { featuresOfFile, type UtteranceFeatures } from '../../features/utterance.js';
import { readEnrolment, refuseOtherEnrolment } from '../../inference/enrolment.js';
import type { Prediction } from '../../inference/predictor.js';
import type { TrainedModel } from '../../model/folder.js';
import type { AnyPredictor } from '../../inference/ensemble.js';
import { DEFAULT_VOICES } from '../../model/voices.js';
import { withPrior } from '../../inference/prior.js';
import { PRIOR_WARNING, sharesOf } from '../../metrics/prior.js';
import { sparkline } from '../../report/draw/text.js';
import { audioFiles } from '../options/audio-files.js';
import { openPredictor, withOption } from '../options/ensemble.js';
import { MODEL_TEXT, readGiven } from '../options/model.js';
import { defaultText, modelFirst } from '../options/model-first.js';
import { priorOption, readPrior, type PriorFlag } from '../options/prior.js';
import type { Cli } from '../cli.js';
import { speakerName, unlessUnusable } from '../options/speaker.js';
import type { Run } from '../run.js';
import { dashed, examples } from '../text.js';
import { absolute, paths } from '../options/values.js';

export function addPredict(program: Command, run: Run): void {
  program
    .command('predict')
    .summary('predict the emotion of recordings')
    .description(
      'Prints the score of every label, and the attention over time. ' +
        'A recording that fails does not stop the others.',
    )
    .argument(
      '<file...>',
      'recordings (WAV, FLAC, MP3, OGG), or folders of them; for a model of external features the files ' +
        `with these (.npy, .safetensors, .csv). A model may come first: ${MODEL_TEXT}; without one ` +
        `${DEFAULT_VOICES} is used`,
      paths,
    )
    .usage('[options] [model] <file...>')
    .addOption(withOption())
    .addOption(priorOption('print'))
    .option(
      '--speaker <name>',
      'all given recordings are of this one speaker, and their features are normalised together, for ' +
        'models trained with --normalise speaker',
      speakerName,
    )
    .addOption(
      new Option(
        '--speaker-by <what>',
        'recordings in the same folder are of the same speaker, and normalised together',
      ).choices(['folder']),
    )
    .option(
      '--enrolment <file>',
      'normalise by an enrolment of the speaker, which alstm enrol wrote; may be repeated: with --speaker-by ' +
        'folder each serves the folder of its name',
      paths,
    )
    .addHelpText(
      'after',
      examples(
        'alstm predict speech.wav',
        'alstm predict runs/first speech.wav',
        'alstm predict runs/first calls/ --json',
        'alstm predict runs/by-speaker calls/ann/ --speaker ann',
        'alstm predict runs/by-speaker calls/ --speaker-by folder',
        'alstm predict runs/by-speaker new.wav --enrolment ann.json',
        'alstm predict runs/seed-0 --with runs/seed-1 --with runs/seed-2 speech.wav',
      ),
    )
    .action((operands: string[], flags: PredictFlags, command: Command) =>
      run(command, (cli) => predict(cli, operands, flags)),
    );
}

interface PredictFlags {
  readonly speaker?: string;
  readonly speakerBy?: 'folder';
  readonly enrolment?: readonly string[];
  readonly with?: readonly string[];
  readonly prior?: PriorFlag;
}

/** Recordings of one speaker. */
interface Voice {
  /** Undefined: nothing is known, and each recording stands alone. */
  readonly name?: string;
  readonly recordings: readonly string[];
  /** What was enrolled. */
  readonly known?: SpeakerMoments | undefined;
}

async function predict(cli: Cli, operands: readonly string[], flags: PredictFlags): Promise<void> {
  const { model, recordings: given, byDefault } = await modelFirst(cli.files, operands);
  const trained = await readGiven(cli, model);
  if (byDefault) cli.log(defaultText(trained));
  const found = await audioFiles(cli, given, trained.featureSet?.external ? 'features' : 'audio');
  const recordings = found.map(({ path: recording }) => recording);
  refuseSpeaker(trained, model, flags);
  const voices = await voicesOf(cli, trained, recordings, flags);
  const prior = flags.prior === undefined ? undefined : await readPrior(cli, flags.prior);
  if (prior !== undefined) {
    sharesOf(prior, trained.labels[TASK] ?? []);
    cli.warn(`scores ${PRIOR_WARNING}`);
  }
  const predictor = await openPredictor(cli, trained, [model, ...(flags.with ?? [])]);
  const fewKnown = new FewKnown(cli);
  try {
    for (const voice of voices) {
      const { name, known } = voice;
      const kept: { recording: string; own: Prediction }[] = [];
      const take = (recording: string, own: Prediction): void => {
        if (prior === undefined) tell(cli, recording, own);
        else kept.push({ recording, own }); // a correction needs all recordings of the speaker
      };
      const asked = { predictor, fewKnown, take };
      if (name !== undefined && !known) await predictTogether(cli, voice, asked);
      else for (const one of voice.recordings) await predictOne(cli, one, voice, asked);
      if (prior === undefined) continue;
      const predictions = kept.map(({ own }) => own);
      withPrior(predictions, prior, TASK).forEach((own, i) => tell(cli, kept[i]!.recording, own));
    }
  } finally {
    predictor.destroy();
  }
}

/** The task whose scores are corrected to a prior. */
const TASK = 'emotion';

/** How the recordings of a voice are predicted, and what becomes of the predictions. */
interface Asked {
  readonly predictor: AnyPredictor;
  readonly fewKnown: FewKnown;
  readonly take: (recording: string, found: Prediction) => void;
}

/** Speakers mean something to a model that normalises by speaker only; one without a prior needs them. */
function refuseSpeaker(
  { normalisation = byUtterance }: TrainedModel,
  model: string,
  flags: PredictFlags,
): void {
  const [given] = Object.keys(flags).filter(
    (name) => name.startsWith('speaker') || name === 'enrolment',
  );
  if (flags.prior !== undefined && given === undefined) {
    throw new UsageError(
      '--prior was given, but not whose recordings these are',
      'Give --speaker NAME if all are of one speaker, or --speaker-by folder.',
    );
  }
  if (normalisation.scope !== 'speaker') {
    const groups = flags.prior !== undefined && flags.enrolment === undefined;
    if (given === undefined || groups) return;
    throw new UsageError(
      `--${dashed(given)} was given, but ${model} does not normalise features by speaker`,
      'Drop it: this model normalises each recording by itself.',
    );
  }
  if (flags.speaker !== undefined && (flags.speakerBy ?? flags.enrolment) !== undefined) {
    throw new UsageError(
      `--speaker was given together with --${flags.speakerBy ? 'speaker-by' : 'enrolment'}`,
      'Give one of them.',
    );
  }
  if (given === undefined && normalisation.prior === undefined) {
    throw new UsageError(
      `${model} normalises features over all recordings of a speaker, but no speaker was given`,
      'Give --speaker NAME and only recordings of that speaker; run the command once per speaker.',
    );
  }
}

/** The recordings by speaker, in the order in which speakers come. */
async function voicesOf(
  cli: Cli,
  trained: TrainedModel,
  recordings: readonly string[],
  { speaker, speakerBy, enrolment: paths = [] }: PredictFlags,
): Promise<Voice[]> {
  const enrolled = new Map<string, SpeakerMoments>();
  for (const file of paths) {
    const enrolment = await readEnrolment(cli.files, file);
    refuseOtherEnrolment(enrolment, trained, file);
    const before = enrolled.get(enrolment.name);
    const all = [...(before ? [before] : []), enrolment.speaker];
    enrolled.set(enrolment.name, joinMoments(all));
  }
  const [first, second] = enrolled;
  if (speakerBy === undefined) {
    if (first === undefined)
      return [{ ...(speaker !== undefined && { name: speaker }), recordings }];
    const [name, known] = first;
    if (second === undefined) return [{ name, recordings, known }];
    throw new UsageError(
      `enrolments of ${name} and ${second[0]} were given, but not whose recordings are whose`,
      'Put the recordings of each into a folder of that name, and give --speaker-by folder.',
    );
  }
  const folders = new Map<string, string[]>();
  for (const recording of recordings) {
    const folder = parentFolder(recording);
    const own = folders.get(folder);
    if (own) own.push(recording);
    else folders.set(folder, [recording]);
  }
  return Array.from(folders, ([folder, own]) => {
    const name = absolute(folder).split('/').at(-1) ?? folder;
    return { name, recordings: own, known: enrolled.get(name) };
  });
}

/** Tells once that more recordings help: the first time that little is known of a speaker. */
class FewKnown {
  #told = false;

  constructor(private readonly cli: Cli) {}

  tell(name: string | undefined, recordings: number): void {
    if (this.#told || recordings >= FEW_RECORDINGS) return;
    this.#told = true;
    const few = `answers are better from ${FEW_RECORDINGS} recordings of a speaker on`;
    this.cli.warn(
      name === undefined
        ? `nothing is known of the speakers, and ${few}: give --speaker, --speaker-by folder or --enrolment`
        : `${name}: ${recordings} known, and ${few}`,
    );
  }
}

/** A recording whose speaker was enrolled, or one of which nothing is known. */
async function predictOne(
  cli: Cli,
  recording: string,
  { name, known: speaker }: Voice,
  { predictor, fewKnown, take }: Asked,
): Promise<void> {
  const { cache, warn } = cli;
  await unlessUnusable(cli, recording, async () => {
    const options = { cache, warn, ...(speaker && { speaker }) };
    const found = await predictor.predictFile(cli.files, recording, options);
    if (found.speakerRecordings !== undefined) fewKnown.tell(name, found.speakerRecordings);
    take(recording, found);
  });
}

/** Recordings of one speaker, normalised together; those that fail are skipped. */
async function predictTogether(
  cli: Cli,
  { name: speaker = '', recordings }: Voice,
  { predictor, fewKnown, take }: Asked,
): Promise<void> {
  const { cache, warn } = cli;
  const { featureSet, trimDb } = predictor;
  const usable: (Pick<UtteranceFeatures, 'features' | 'seconds' | 'trim'> & {
    readonly recording: string;
  })[] = [];
  for (const recording of recordings) {
    await unlessUnusable(cli, recording, async () => {
      const own = { featureSet, trimDb, cache, warn };
      const { features, seconds, trim } = await featuresOfFile(cli.files, recording, own);
      usable.push({ recording, features, seconds, ...(trim && { trim }) });
    });
  }
  if (usable.length === 0) return;
  if (predictor.normalisation.scope === 'speaker') {
    cli.log(`${usable.length} recordings of ${speaker}, normalised together`);
    fewKnown.tell(speaker, usable.length);
  }
  const predictions = await predictor.predictFeatures(
    usable.map(({ features }) => features),
    { speakers: usable.map(() => speaker), onProgress: cli.progressOf('predicting') },
  );
  usable.forEach(({ recording, seconds, trim }, i) => {
    const own = predictions[i];
    if (own === undefined) return;
    take(recording, { ...own, seconds, attention: overAllFrames(own.attention, trim) });
  });
}

function tell(cli: Cli, recording: string, found: Prediction): void {
  cli.result(jsonOf(recording, found), () => predictionText(recording, found));
}

function jsonOf(recording: string, { tasks, values = {}, ...rest }: Prediction): unknown {
  const { seconds, attention, speakerRecordings: n } = rest;
  const all = Object.entries(tasks);
  const sure = all.flatMap(([task, own]) => (own.sure === undefined ? [] : [[task, own.sure]]));
  const numbers = Object.entries(values).map(([task, value]) => [task, { value }] as const);
  return {
    path: recording,
    ...Object.fromEntries(all.map(([task, { label, scores }]) => [task, { label, scores }])),
    ...Object.fromEntries(numbers),
    ...(sure.length > 0 && { sure: Object.fromEntries(sure) as Record<string, boolean> }),
    seconds,
    ...(n !== undefined && { speaker_recordings: n }),
    attention: [...attention],
  };
}

/** The scores or number of every task, and the attention over the recording as a line of bars. */
export function predictionText(
  recording: string,
  { tasks, values = {}, seconds, attention }: Prediction,
): readonly string[] {
  const names = [...Object.keys(tasks), ...Object.keys(values)];
  const width = Math.max(9, ...names.map((task) => task.length));
  const scores = Object.entries(tasks).map(([task, { label, scores, sure }]) => {
    const ranked = Object.entries(scores).sort(([, a], [, b]) => b - a);
    const others = ranked.filter(([name]) => name !== label).slice(0, 3);
    const text = [[label, scores[label] ?? NaN] as const, ...others].map(
      ([name, score]) => `${name} ${score.toFixed(2)}`,
    );
    return `  ${task.padEnd(width)}  ${sure === false ? 'not sure: ' : ''}${text.join('  ')}`;
  });
  return [
    `${recording}  ${seconds.toFixed(2)} s`,
    ...scores,
    ...Object.entries(values).map(
      ([task, value]) => `  ${task.padEnd(width)}  ${value.toPrecision(3)}`,
    ),
    `  ${'attention'.padEnd(width)}  ${sparkline(attention)}`,
  ];
}
