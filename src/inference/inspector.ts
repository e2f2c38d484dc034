import { cellTraits, combinesStates, stateCount } from '../core/cells.js';
import { directionsOf, type RecurrentLayer, recurrentLayers } from '../core/layers.js';
import type { ModelConfig } from '../core/config.js';
import { isRegression, outputsOf } from '../core/heads.js';
import type { Files } from '../core/files.js';
import type { DirectionTrace, Inspection } from '../session/types.js';
import { byUtterance } from '../features/normalise.js';
import { defaultFeatureSet } from '../features/sets/registry.js';
import { overAllFrames, type Trim } from '../features/trim.js';
import type { Engine } from '../gpu/engine.js';
import { checkFeatures, notFinite } from './checks.js';
import { RecoveringSession } from './recovering-session.js';
import { refuseOtherWidth } from '../model/features.js';
import { readModel, type TrainedModel } from '../model/folder.js';
import type { PredictorOptions } from './predictor.js';
import { windowFeatures, windowsOf, type Window } from './windows.js';

/** Which way a recurrent layer runs through time. */
export type Direction = 'forward' | 'backward';

/** Weights of the states that one direction of a recurrent layer combined. */
export interface CombinationWeights {
  /** Name of the layer: the prefix of its parameters. */
  readonly layer: string;
  readonly direction: Direction;
  /** Steps back of each column; for the backward direction, later steps. */
  readonly offsets: readonly number[];
  /** Frames per step; more than 1 after subsampling. */
  readonly framesPerStep: number;
  /** Frames at which states were combined, in order of time, N of them; the first frame of each step. */
  readonly frames: readonly number[];
  /** [N, offsets] for the cell state (absent for a GRU) and for the output; a row sums to 1. */
  readonly cell?: readonly (readonly number[])[];
  readonly output: readonly (readonly number[])[];
}

/** Mean activity of the gates of one direction of a recurrent layer. */
export interface GateActivity {
  /** Name of the layer: the prefix of its parameters. */
  readonly layer: string;
  readonly direction: Direction;
  /** For an LSTM input, forget, candidate, output; for a GRU reset, update, candidate. */
  readonly names: readonly string[];
  /** Mean magnitudes of the gates over the units at each frame, [T, names]. */
  readonly means: Float32Array;
}

/** A model's prediction for an utterance, with its internals. */
export interface UtteranceInspection {
  /** By task: probability of each label, in the order of the classes. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By regression task: the predicted number; absent if the model has no such task. */
  readonly values?: Readonly<Record<string, number>>;
  /** Pooling weight of each frame of the recording, [T]; they sum to 1. 0 for frames that the model trims. */
  readonly attention: Float32Array;
  /**
   * By recurrent layer and direction: learned weights of an A-LSTM or A-GRU, equal ones of a mean LSTM; absent
   * if all cells are plain.
   */
  readonly combination?: readonly CombinationWeights[];
  /** By recurrent layer and direction. */
  readonly gates: readonly GateActivity[];
}

/**
 * Inspects a trained model on a device, one utterance at a time. A recording over 30 s is split into
 * windows, as in `Predictor`: the recurrence restarts in each.
 *
 * @example
 * const inspector = await Inspector.load(engine, files, 'runs/first');
 * const { features } = extractFeatures(samples);
 * const { attention, combination } = await inspector.inspect(features);
 * inspector.destroy();
 */
export class Inspector {
  readonly #trained: TrainedModel;
  readonly #session: RecoveringSession;
  /** The session runs one batch at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError if parameters, feature set and model disagree */
  constructor(engine: Engine, trained: TrainedModel, options: PredictorOptions = {}) {
    const { model, parameters, featureSet = defaultFeatureSet } = trained;
    refuseOtherWidth(model.features, featureSet, 'the model');
    this.#trained = trained;
    this.#session = new RecoveringSession(engine, model, { ...options, parameters });
  }

  /**
   * Loads a model folder, or a run folder's best model, from any source that readModel supports.
   *
   * @throws FileError, FormatError or ConfigError as readModel
   */
  static async load(
    engine: Engine,
    files: Files,
    path: string,
    options: PredictorOptions = {},
  ): Promise<Inspector> {
    return new Inspector(engine, await readModel(files, path), options);
  }

  /**
   * @param normalised features of one utterance, [T, F] row-major, normalised as the model expects; of the
   *   frames that are kept if the model trims
   * @param trim where these frames lie in the recording: the result is then for all of its frames
   * @param functionals of it, [8F + 1], normalised, if the model takes them
   * @throws UsageError if they are not whole rows of finite numbers; ConfigError if the model's
   *   output is not finite
   */
  async inspect(
    normalised: Float32Array,
    trim?: Trim,
    functionals?: Float32Array,
  ): Promise<UtteranceInspection> {
    checkFeatures(normalised, this.#trained.model.features, 'the features to inspect', [
      'are',
      'hold',
    ]);
    const turn = this.#turn.then(async () =>
      within(await this.#inspect(normalised, functionals), trim),
    );
    this.#turn = turn.catch(() => undefined); // only this caller gets the failure
    return turn;
  }

  /** Frees the model's buffers; the engine stays open. */
  destroy(): void {
    this.#session.destroy();
  }

  async #inspect(
    normalised: Float32Array,
    functionals: Float32Array | undefined,
  ): Promise<UtteranceInspection> {
    const { model, labels, normalisation = byUtterance } = this.#trained;
    const { featureSet: set = defaultFeatureSet } = this.#trained;
    const T = normalised.length / set.dimensions;
    const parts: Part[] = [];
    for (const window of windowsOf(0, T, set)) {
      const features = windowFeatures(normalised, window, normalisation.scope, set);
      const lengths = Int32Array.of(window.frames);
      const batch = { features, lengths, ...(functionals && { functionals }) };
      parts.push({ window, inspection: await this.#session.inspect(batch) });
    }
    const scores: [string, Record<string, number>][] = [];
    const values: [string, number][] = [];
    for (const head of model.heads) {
      const { task } = head;
      const sums = new Float64Array(outputsOf(head));
      const of = isRegression(head) ? 'logits' : 'probabilities';
      for (const { window, inspection } of parts) {
        const share = window.frames / T;
        inspection[of][task]?.forEach((p, c) => (sums[c] = (sums[c] ?? 0) + share * p));
      }
      if (!sums.every(Number.isFinite)) throw notFinite(task);
      if (isRegression(head)) values.push([task, sums[0] ?? NaN]);
      else {
        const own = (labels[task] ?? []).map((label, c) => [label, sums[c] ?? 0] as const);
        scores.push([task, Object.fromEntries(own)]);
      }
    }
    const attention = new Float32Array(T);
    for (const { window, inspection } of parts) {
      const share = window.frames / T;
      attention.set(inspection.attention[0]?.map((weight) => share * weight) ?? [], window.first);
    }
    return {
      scores: Object.fromEntries(scores),
      ...(values.length > 0 && { values: Object.fromEntries(values) }),
      attention,
      ...recurrenceOf(model, parts, T),
    };
  }
}

/** What was seen of a trimmed recording, at the places of its frames among all: weights and gates are 0 elsewhere. */
function within(seen: UtteranceInspection, trim: Trim | undefined): UtteranceInspection {
  if (trim === undefined) return seen;
  const { attention, combination, gates } = seen;
  const later = (frames: readonly number[]): number[] => frames.map((t) => t + trim.start);
  return {
    ...seen,
    attention: overAllFrames(attention, trim),
    ...(combination && {
      combination: combination.map((own) => ({ ...own, frames: later(own.frames) })),
    }),
    gates: gates.map((own) => ({
      ...own,
      means: overAllFrames(own.means, trim, own.names.length),
    })),
  };
}

/**
 * Inspects one utterance; for several, an `Inspector` keeps the model on the device.
 *
 * @example
 * const { normalised } = extractFeatures(samples);
 * const { attention } = await inspectUtterance(engine, trained, normalised);
 *
 * @throws as Inspector
 */
export async function inspectUtterance(
  engine: Engine,
  trained: TrainedModel,
  normalised: Float32Array,
  {
    trim,
    functionals,
    ...options
  }: PredictorOptions & {
    readonly trim?: Trim | undefined;
    readonly functionals?: Float32Array | undefined;
  } = {},
): Promise<UtteranceInspection> {
  const inspector = new Inspector(engine, trained, options);
  try {
    return await inspector.inspect(normalised, trim, functionals);
  } finally {
    inspector.destroy();
  }
}

interface Part {
  readonly window: Window;
  readonly inspection: Inspection;
}

/** Concatenated traces of all windows, by recurrent layer and direction. */
function recurrenceOf(
  model: ModelConfig,
  parts: readonly Part[],
  T: number,
): Pick<UtteranceInspection, 'combination' | 'gates'> {
  const combination: CombinationWeights[] = [];
  const gates: GateActivity[] = [];
  for (const layer of recurrentLayers(model)) {
    for (const direction of directionsOf(layer)) {
      const windows = parts.flatMap(({ window, inspection }) => {
        const trace = inspection.recurrence[0]?.find(
          (own) => own.layer === layer.name && own.direction === direction,
        );
        return trace ? [{ window, trace }] : [];
      });
      if (combinesStates(layer.cell)) combination.push(combinationOf(layer, direction, windows));
      gates.push(gatesOf(layer, direction, windows, T));
    }
  }
  return combination.length === 0 ? { gates } : { combination, gates };
}

type WindowTrace = Pick<Part, 'window'> & { readonly trace: DirectionTrace };

function combinationOf(
  { name, cell, offsets }: RecurrentLayer,
  direction: Direction,
  windows: readonly WindowTrace[],
): CombinationWeights {
  const rows = (weights: Float32Array, { frames }: DirectionTrace) =>
    Array.from(frames, (_, n) => [
      ...weights.subarray(n * offsets.length, (n + 1) * offsets.length),
    ]);
  return {
    layer: name,
    direction,
    offsets,
    framesPerStep: windows[0]?.trace.framesPerStep ?? 1,
    frames: windows.flatMap(({ window: { first }, trace }) =>
      Array.from(trace.frames, (step) => first + step * trace.framesPerStep),
    ),
    ...(stateCount(cell) > 1 && {
      cell: windows.flatMap(({ trace }) => (trace.cell ? rows(trace.cell, trace) : [])),
    }),
    output: windows.flatMap(({ trace }) => rows(trace.output, trace)),
  };
}

/** A step's gates are repeated for each of its frames. */
function gatesOf(
  { name, cell }: RecurrentLayer,
  direction: Direction,
  windows: readonly WindowTrace[],
  T: number,
): GateActivity {
  const names = cellTraits(cell).gates;
  const G = names.length;
  const means = new Float32Array(T * G);
  for (const { window, trace } of windows) {
    for (let t = 0; t < window.frames; t++) {
      const step = Math.floor(t / trace.framesPerStep);
      means.set(trace.gates.subarray(step * G, (step + 1) * G), (window.first + t) * G);
    }
  }
  return { layer: name, direction, names, means };
}
