/**
 * Names that a person chooses from, and limits that are shown with them, apart from what they mean: the command line
 * shows, checks and completes them before it loads anything else. The modules that give them their meaning export them
 * again, and the compiler refuses a name that they do not know.
 */

/** Formats of corpora, sorted. */
export const corpusFormats = [
  'cremad',
  'emodb',
  'emotale',
  'emovo',
  'emozionalmente',
  'folders',
  'iemocap',
  'jlcorpus',
  'manifest',
  'mesd',
  'nemo',
  'ravdess',
  'savee',
  'subesco',
  'tess',
  'turev',
] as const;

/** How the people of a corpus came by their words. */
export const styles = ['improvised', 'scripted'] as const;

/** What validation is drawn by. */
export const validationUnits = ['utterance', 'speaker'] as const;

/** Built-in feature sets. */
export const featureSetNames = ['prosody36', 'voice20', 'voice56', 'logmel40'] as const;

/** What the id of a set with its deltas ends with: `voice20+delta`. */
export const DELTA = '+delta';

/**
 * Names of what a recording can go through, in the order of the documentation.
 *
 * @example
 * for (const name of conditionNames) {
 *   const heard = await underCondition(name, samples, 16_000, 'speech');
 *   console.log(name, (await predictor.predictSamples(heard)).tasks);
 * }
 */
export const conditionNames = ['echo', 'noise', 'telephone', 'level'] as const;

/**
 * Over which frames each feature is scaled to mean 0 and variance 1; the first is the paper's.
 *
 * @example
 * for (const normalise of normalisations) {
 *   await train({ manifest: 'speech.csv', out: `runs/${normalise}`, normalise });
 * }
 */
export const normalisations = ['utterance', 'speaker', 'training'] as const;

/** Lowest and highest speed of a copy. */
export const speedBounds = { from: 0.5, to: 2 } as const;

/**
 * Where features are computed.
 *
 * @example
 * for (const featuresOn of featurePlaces) {
 *   const predictor = new Predictor(engine, trained, { featuresOn });
 *   console.log(featuresOn, (await predictor.predictFile(files, 'speech.wav')).tasks);
 * }
 */
export const featurePlaces = ['gpu', 'cpu'] as const;

/**
 * `alstm` is the default, `alstm-1` the default of versions up to 0.1, `tao-liu-2018` the paper's.
 *
 * @example
 * for (const name of presetNames)
 *   console.log(name, parameterCount(presetModel(name, { emotion: 4 })));
 */
export const presetNames = ['alstm', 'alstm-1', 'tao-liu-2018'] as const;

export const poolings = ['attention', 'mean', 'attention+deviation'] as const;

/** Of what functionals are taken. */
export const functionalsScopes = ['frames', 'functionals'] as const;

/** How frames are merged in subsampling. */
export const subsamplings = ['mean', 'concatenate'] as const;

/** Most recurrent layers, one on the other. */
export const MOST_RECURRENT = 4;

/** Most frames that become one in subsampling. */
export const MOST_SUBSAMPLED = 16;

/** Storage type of activations and working copies of weights; sums, master weights and updates are f32. */
export const precisions = ['f32', 'f16'] as const;

export const optimizerNames = ['adam', 'adamw', 'rmsprop', 'sgd'] as const;

export const scheduleNames = ['constant', 'cosine', 'step', 'exponential'] as const;

export const samplings = ['shuffled', 'balanced'] as const;

export const keeps = ['best', 'last'] as const;

/**
 * What to do if a loss or a gradient is not finite; that update is never made. `stop`: end the run;
 * `skip`: continue; `halve`: continue with half the learning rate, but a batch whose features are not finite
 * is only skipped. Up to the first fault, all three are bit-identical.
 */
export const faultPolicies = ['stop', 'skip', 'halve'] as const;

/** Losses of tasks with numbers. */
export const regressionLosses = ['ccc', 'mse'] as const;

/**
 * The logs of a run: `jsonl` is always written, the others beside it on request.
 *
 * @example
 * await train({ manifest: 'speech.csv', out: 'runs/first', logFormat: logFormats });
 */
export const logFormats = ['jsonl', 'csv', 'tensorboard'] as const;

/** How an experiment chooses its test speakers. */
export const splitKinds = [
  'speakers',
  'folds',
  'random-pair',
  'leave-one-speaker-out',
  'leave-one-session-out',
  'leave-one-corpus-out',
  'train-on-one-corpus',
  'speaker-folds',
] as const;

/** What `alstm bench` times. */
export const questions = ['train-step', 'inference', 'kernels', 'scaling'] as const;

/** Sizes of the network that `alstm bench` and `alstm tune` time, unless others are given. */
export const ordinarySizes = {
  frontendUnits: 256,
  headHidden: 256,
  heads: { emotion: 4, speaker: 8, gender: 2 },
} as const;

/**
 * Choices of `--adapter`.
 *
 * @example
 * for (const adapter of adapterChoices) {
 *   const engine = await openEngine({ adapter });
 *   console.log(adapter, engine.gpu.adapter.driver);
 *   engine.close();
 * }
 */
export const adapterChoices = ['gpu', 'lavapipe', 'swiftshader'] as const;
