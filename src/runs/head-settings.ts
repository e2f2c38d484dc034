import type { RunSettings } from './settings.js';

/** Settings of heads, which only the labels of the data make a list of. */
export interface HeadSettings {
  readonly hidden?: number | undefined;
  readonly labelSmoothing?: number | undefined;
  /** Of the emotions, in the order of their labels. */
  readonly classWeights?: readonly number[] | undefined;
}

/** The settings with those of every head: the heads that they list, or else one a labelled task. */
export function withHeads(
  settings: RunSettings,
  tasks: readonly string[],
  { hidden, labelSmoothing, classWeights }: HeadSettings,
): RunSettings {
  if (hidden === undefined && labelSmoothing === undefined && classWeights === undefined) {
    return settings;
  }
  const heads = settings.model?.heads ?? tasks.map((task) => ({ task }));
  return {
    ...settings,
    model: {
      ...settings.model,
      heads: heads.map((head) => ({
        ...head,
        ...(hidden !== undefined && { hidden }),
        ...(labelSmoothing !== undefined && { label_smoothing: labelSmoothing }),
        ...(head.task === 'emotion' && classWeights && { class_weights: [...classWeights] }),
      })),
    },
  };
}
