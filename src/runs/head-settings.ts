import type { RunSettings } from './settings.js';

/** Settings of all heads, for when the list of heads comes from the labels of the data. */
export interface HeadSettings {
  readonly hidden?: number | undefined;
  readonly labelSmoothing?: number | undefined;
  /** Of the emotions, in the order of their labels. */
  readonly classWeights?: readonly number[] | undefined;
}

/** Settings with these applied to every head: the listed ones, else one for each labelled task. */
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
