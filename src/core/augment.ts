/**
 * How the frames of training utterances are changed at random before the network reads them, so that it does
 * not learn their accidents. All of it is drawn from seed, step, utterance, frame and feature alone. What is
 * absent is off.
 */
export interface AugmentConfig {
  /** Masks over neighbouring frames, as SpecAugment (Park et al. 2019): masked values are 0, the mean of normalised features. */
  readonly timeMasks?: number;
  /** Most frames of a time mask, as a share of the utterance's. */
  readonly timeMaskShare?: number;
  /** Masks over features that are neighbours in the order of their set. */
  readonly featureMasks?: number;
  /** Most features of such a mask, as a share of all. */
  readonly featureMaskShare?: number;
  /** Each feature of an utterance is multiplied by 1 + N(0, gain²). */
  readonly gain?: number;
  /** N(0, offset²) is added to each feature of an utterance. */
  readonly offset?: number;
  /** An utterance is stretched in time by a factor from 1 - stretch to 1 + stretch, by the nearest frame. */
  readonly stretch?: number;
  /** Only a part of an utterance is kept: from 1 - crop of its frames to all of them. */
  readonly crop?: number;
  /** N(0, functionalNoise²) is added to each functional, where functionals are inputs of their own. */
  readonly functionalNoise?: number;
  /** N(0, functionalOffset²) is added to all functionals of a feature alike. */
  readonly functionalOffset?: number;
  /** Share of those functionals that become 0. */
  readonly functionalDropout?: number;
  /** Masks over features that are neighbours: all functionals of a masked feature become 0. */
  readonly functionalMasks?: number;
  /** Most features of such a mask, as a share of all. */
  readonly functionalMaskShare?: number;
}

/** Names of the settings of augmentation. */
export const augmentKeys = [
  'timeMasks',
  'timeMaskShare',
  'featureMasks',
  'featureMaskShare',
  'gain',
  'offset',
  'stretch',
  'crop',
  'functionalNoise',
  'functionalOffset',
  'functionalDropout',
  'functionalMasks',
  'functionalMaskShare',
] as const satisfies readonly (keyof AugmentConfig)[];

/**
 * A set of values that serves emotion recognition on small corpora.
 *
 * @example
 * const augment = { ...augmentRecipe, gain: 0.2 };
 * await train({ manifest: 'speech.csv', out: 'runs/first', augment });
 */
export const augmentRecipe: AugmentConfig = {
  timeMasks: 2,
  timeMaskShare: 0.2,
  featureMasks: 2,
  featureMaskShare: 0.25,
  gain: 0.1,
  offset: 0.5,
  stretch: 0.15,
  crop: 0.2,
  functionalNoise: 0.3,
  functionalOffset: 0.5,
  functionalMasks: 2,
  functionalMaskShare: 0.25,
};
