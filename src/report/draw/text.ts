/** Figures for a terminal. */
import { isLargeConfusion, largestConfusions } from '../../core/confusions.js';
import { inBins, mean } from './bins.js';
import { printable } from '../../core/printable.js';

const bars = [...'▁▂▃▄▅▆▇█'];

/**
 * A confusion matrix as lines of text: counts, and the share of its row that is right; of many labels only the most
 * frequent mistakes.
 *
 * @param confusion counts [C, C], rows are the truth
 * @param labels name of each class, C of them
 */
export function confusionText(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): string {
  const names = labels.map(printable);
  if (isLargeConfusion(confusion)) {
    const mistakes = largestConfusions(confusion).map(({ truth, predicted, count, share }) => [
      names[truth] ?? '',
      names[predicted] ?? '',
      String(count),
      `${Math.round(100 * share)} %`,
    ]);
    return [
      `${labels.length} labels; the most frequent mistakes (--json has all counts):`,
      aligned([['true', 'predicted', 'recordings', 'of these'], ...mistakes]),
    ].join('\n');
  }
  const rows = confusion.map((counts, truth) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    const recall = total === 0 ? '–' : `${Math.round((100 * (counts[truth] ?? 0)) / total)} %`;
    return [names[truth] ?? '', ...counts.map(String), recall];
  });
  return aligned([['true \\ predicted', ...names, 'recall'], ...rows]);
}

/** A table as lines of text: the first column to the left, the others to the right. */
export function aligned(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => lengthOf(row[column] ?? ''))),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => {
          const space = ' '.repeat((widths[column] ?? 0) - lengthOf(cell));
          return column === 0 ? cell + space : space + cell;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Values over time as one line of bars from 0 to the largest: an even course is all full bars. Parts
 * of long input are averaged; negative values count as 0, those not finite are blank.
 *
 * @param values [N]
 * @param width most characters
 */
export function sparkline(values: ArrayLike<number>, width = 60): string {
  const means = inBins(values, width, mean);
  const largest = Math.max(0, ...means.filter(Number.isFinite));
  return means
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const share = largest === 0 ? 0 : Math.max(0, value) / largest;
      return bars[Math.round(share * (bars.length - 1))] ?? ' ';
    })
    .join('');
}

function lengthOf(text: string): number {
  return [...text].length;
}
