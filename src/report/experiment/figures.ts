import { isLargeConfusion } from '../../core/confusions.js';
import { confusionPlot } from '../run/confusion.js';
import { drawing, standalone, type Drawing } from '../draw/drawing.js';
import { fileNames } from './cells.js';
import { combinationFigures } from './combination-figure.js';
import { curvesFigures } from './curves-figure.js';
import { differencesFigure } from './differences-figure.js';
import { attentionFigure } from './example-figure.js';
import { scoresFigure } from './scores-figure.js';
import { speakersFigure } from './speakers-figure.js';
import type { ExampleUtterance, ExperimentReport, Metric } from './types.js';

/** The score that is shown by speaker: the paper's first. */
const shown: Metric = 'maf';

/** The figures of the report by section. */
export interface Figures {
  readonly scores: readonly Drawing[];
  readonly spread: readonly Drawing[];
  readonly curves: readonly Drawing[];
  /** One per cell; none where there are too many labels to draw. */
  readonly confusion: readonly Drawing[];
  readonly examples: readonly ExampleFigures[];
}

export interface ExampleFigures {
  readonly example: ExampleUtterance;
  readonly attention: readonly Drawing[];
  readonly combination: readonly Drawing[];
}

export function figuresOf(report: ExperimentReport): Figures {
  return {
    scores: present(scoresFigure(report)),
    spread: [
      ...present(speakersFigure(report, shown)),
      ...present(differencesFigure(report, shown)),
    ],
    curves: curvesFigures(report),
    confusion: confusionFigures(report),
    examples: report.examples.map((example, i) => ({
      example,
      attention: present(attentionFigure(report, example, i + 1)),
      combination: combinationFigures(report, example, i + 1),
    })),
  };
}

/**
 * The report's figures as files: SVG with its own colours for light and dark backgrounds.
 *
 * @returns name (such as `scores.svg`, safe as a file's name, each once) and text of each
 */
export function experimentFigures(report: ExperimentReport): { name: string; svg: string }[] {
  const { scores, spread, curves, confusion, examples } = figuresOf(report);
  const ofExamples = examples.flatMap(({ attention, combination }) => [
    ...attention,
    ...combination,
  ]);
  return [...scores, ...spread, ...curves, ...confusion, ...ofExamples].map((figure) => ({
    name: `${figure.name}.svg`,
    svg: standalone(figure),
  }));
}

function confusionFigures({ cells, labels }: ExperimentReport): Drawing[] {
  const files = fileNames(cells);
  return cells.flatMap(({ name, confusion }, i) => {
    if (confusion.length === 0 || isLargeConfusion(confusion)) return []; // large ones are tables
    const { summary, plot } = confusionPlot(confusion, labels);
    return [drawing(`confusion-${files[i] ?? i}`, `Confusion matrix of ${name}`, summary, [plot])];
  });
}

function present(figure: Drawing | undefined): Drawing[] {
  return figure === undefined ? [] : [figure];
}
