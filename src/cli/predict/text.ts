import type { Prediction } from '../../inference/predictor.js';
import { sparkline } from '../../report/draw/text.js';

/** The scores or number of every task, and the attention over the recording as a line of bars. */
export function predictionText(
  recording: string,
  { tasks, values = {}, seconds, attention }: Prediction,
  withAttention = true,
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
    ...(withAttention ? [`  ${'attention'.padEnd(width)}  ${sparkline(attention)}`] : []),
  ];
}
