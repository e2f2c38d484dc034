import { UsageError } from '../../core/errors.js';
import { parentFolder } from '../../core/paths.js';
import { byUtterance } from '../../features/normalise.js';
import {
  FEW_RECORDINGS,
  joinMoments,
  type SpeakerMoments,
} from '../../features/speaker-moments.js';
import type { AnyPredictor } from '../../inference/ensemble.js';
import { readEnrolment, refuseOtherEnrolment } from '../../inference/enrolment.js';
import type { FeatureStage } from '../../inference/feature-stage.js';
import { type HeardRecording, heardSpeakers } from '../../inference/speaker-groups.js';
import type { TrainedModel } from '../../model/folder.js';
import type { Cli } from '../cli.js';
import type { PriorFlag } from '../options/prior.js';
import { dashed } from '../text.js';
import { absolute } from '../options/values.js';
import type { Given } from './inputs.js';

export interface VoiceFlags {
  readonly speaker?: string;
  readonly speakerBy?: 'folder' | 'manifest';
  readonly enrolment?: readonly string[];
  readonly prior?: PriorFlag;
}

/** Whose the recordings are. */
export interface Voices {
  /** Recordings of the same key are of one speaker; undefined: each stands alone. */
  readonly keyOf?: (recording: Given) => string;
  /** The name of the one speaker of all of them. */
  readonly only?: string;
  readonly nameOf: (key: string) => string;
  /** What was enrolled, by name; without keys of all recordings. */
  readonly enrolled: ReadonlyMap<string, SpeakerMoments>;
}

/** Speakers mean something to a model that normalises by speaker only; one without a prior needs them. */
export function refuseSpeaker(
  { normalisation = byUtterance }: TrainedModel,
  model: string,
  flags: VoiceFlags,
): void {
  const names = ['speaker', 'speakerBy', 'enrolment'] as const;
  const given = names.find((name) => flags[name] !== undefined);
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

/**
 * Whose the recordings are, as the options say.
 *
 * @param hasSpeakers whether there is a manifest with a column of speakers
 * @throws UsageError if it is not clear whose an enrolment is; as readEnrolment
 */
export async function readVoices(
  cli: Cli,
  trained: TrainedModel,
  { speaker, speakerBy, enrolment: paths = [] }: VoiceFlags,
  hasSpeakers: boolean,
): Promise<Voices> {
  const enrolled = new Map<string, SpeakerMoments>();
  for (const file of paths) {
    const enrolment = await readEnrolment(cli.files, file);
    refuseOtherEnrolment(enrolment, trained, file);
    const before = enrolled.get(enrolment.name);
    const all = [...(before ? [before] : []), enrolment.speaker];
    enrolled.set(enrolment.name, joinMoments(all));
  }
  if (speakerBy === 'manifest') {
    if (!hasSpeakers) {
      throw new UsageError(
        '--speaker-by manifest was given without a manifest that has a column speaker',
        'Give --manifest FILE.csv with the columns path and speaker.',
      );
    }
    return { keyOf: speakerOfManifest, nameOf: (key) => key, enrolled };
  }
  if (speakerBy === 'folder') {
    const nameOf = (folder: string): string => absolute(folder).split('/').at(-1) ?? folder;
    return { keyOf: ({ path }) => parentFolder(path), nameOf, enrolled };
  }
  const [first, second] = enrolled.keys();
  if (second !== undefined) {
    throw new UsageError(
      `enrolments of ${first} and ${second} were given, but not whose recordings are whose`,
      'Put the recordings of each into a folder of that name, and give --speaker-by folder.',
    );
  }
  const name = first ?? speaker;
  const whose = name === undefined ? {} : { keyOf: () => name, only: name };
  return { ...whose, nameOf: (key) => key, enrolled };
}

function speakerOfManifest({ path, speaker }: Given): string {
  if (speaker !== undefined) return speaker;
  throw new UsageError(
    `${path} has no speaker in the manifest`,
    'Fill its cell in the column speaker, or remove its line.',
  );
}

/** Tells once that more recordings help: the first time that little is known of a speaker. */
export class FewKnown {
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

/** A recording with what is known of its speaker; `group` is the key, `name` the name of the speaker. */
export interface Voiced extends Omit<HeardRecording, 'group'> {
  readonly group?: string | undefined;
}

export interface VoicedOptions {
  readonly predictor: AnyPredictor;
  readonly stage: FeatureStage;
  readonly voices: Voices;
  /** A speaker's results are shown only once all of them are there: their scores are corrected together. */
  readonly together: boolean;
  /** Those that need no prediction any more. */
  readonly done: ReadonlySet<string>;
  readonly atOnce: number;
  readonly onHeard: (name: string, usable: number) => void;
}

/** The recordings that are to be predicted, with what is known of their speakers. */
export async function* voiced(
  recordings: AsyncIterable<Given> | Iterable<Given>,
  { predictor, stage, voices, together, done, atOnce, onHeard }: VoicedOptions,
): AsyncGenerator<Voiced, void, undefined> {
  const { keyOf, nameOf, enrolled, only } = voices;
  const bySpeaker = predictor.normalisation.scope === 'speaker';
  const known = (key: string): SpeakerMoments | undefined =>
    bySpeaker ? enrolled.get(nameOf(key)) : undefined;
  const everyone = only === undefined ? undefined : known(only);
  if (keyOf === undefined || (everyone !== undefined && !together)) {
    for await (const { path } of recordings) {
      if (!done.has(path)) yield { path, speaker: everyone, group: only };
    }
    return;
  }
  // Only paths are held: a speaker's recordings may be anywhere among the others.
  const groups = new Map<string, string[]>();
  for await (const one of recordings) {
    const key = keyOf(one);
    const own = groups.get(key);
    if (own) own.push(one.path);
    else groups.set(key, [one.path]);
  }
  for (const [key, paths] of groups) {
    groups.delete(key);
    if (paths.every((path) => done.has(path))) continue;
    const wanted = (path: string): boolean => together || !done.has(path);
    const speaker = known(key);
    if (speaker !== undefined || !bySpeaker) {
      for (const path of paths) if (wanted(path)) yield { path, speaker, group: key };
      continue;
    }
    const own = [{ name: nameOf(key), recordings: paths.map((path) => ({ path })) }];
    const how = { atOnce, onHeard };
    for await (const one of heardSpeakers(predictor, stage, own, how)) {
      if (wanted(one.path)) yield { ...one, group: key };
    }
  }
}
