import { functionalCount, functionalQuantiles } from '../core/functionals.js';
import type { GraphBuilder } from '../onnx/graph-builder.js';
import type { OnnxSequence } from '../onnx/sequence.js';

/** The quantiles are multiples of this share: their places among the frames are computed in integers. */
const PARTS = 20;
/** Sorts behind every value. */
const LAST = 3.4e38;

/**
 * The functionals of each row's own frames, as standard operators: [B, 8F + 1].
 *
 * @param frames zero past each row's length
 */
export function addFunctionals(
  graph: GraphBuilder,
  { x, width: F, time: { steps, lengths, valid } }: OnnxSequence,
): string {
  const name = 'functionals';
  const node = (own: string, operator: string, inputs: readonly string[], more = {}) =>
    graph.node(`${name}.${own}`, operator, inputs, more);
  const integers = (own: string, values: number | readonly number[]) =>
    graph.integers(`${name}.${own}`, values);
  const float = (own: string, value: number) => graph.float(`${name}.${own}`, value);

  const zero = float('zero', 0);
  const inside = graph.unsqueeze(`${name}.valid`, valid, [2]); // [B, T, 1]
  const floats = node('lengths', 'Cast', [lengths], { to: 1 });
  const counts = graph.unsqueeze(`${name}.counts`, floats, [1]); // [B, 1]
  const sumOver = (own: string, values: string) =>
    node(own, 'ReduceSum', [values, integers(`${own}.axis`, [1])], { keepdims: 0 });

  const mean = node('mean', 'Div', [sumOver('sum', x), counts]);
  const centred = node('centred', 'Sub', [x, graph.unsqueeze(`${name}.mean.row`, mean, [1])]);
  const squares = node('squares', 'Where', [
    inside,
    node('squared', 'Mul', [centred, centred]),
    zero,
  ]);
  const variance = node('variance', 'Div', [sumOver('squares.sum', squares), counts]);
  const deviation = node('deviation', 'Sqrt', [variance]);

  // |x_t - x_(t-1)|, 0 at the first frame
  const range = node('range', 'Range', [integers('first', 0), steps, integers('step', 1)]);
  const earlier = node('earlier', 'Sub', [range, integers('one', 1)]);
  const before = node('before', 'Max', [earlier, integers('least', 0)]);
  const previous = node('previous', 'Gather', [x, before], { axis: 1 });
  const change = node('change', 'Abs', [node('difference', 'Sub', [x, previous])]);
  const changes = node('changes', 'Where', [inside, change, zero]);
  const fewer = node('fewer', 'Sub', [counts, float('one.float', 1)]);
  const pairs = node('pairs', 'Max', [fewer, float('one.least', 1)]);
  const meanChange = node('change.mean', 'Div', [sumOver('change.sum', changes), pairs]);

  // order statistics: all frames sorted, those past a row's length behind its own
  const sortable = node('sortable', 'Where', [inside, x, float('last', LAST)]);
  const K = graph.unsqueeze(`${name}.steps`, steps, [0]);
  const sorted = `${name}.sorted`;
  graph.nodes([sorted, `${name}.order`], 'TopK', [sortable, K], { axis: 1, largest: 0, sorted: 1 });
  const ends = node('ends', 'Sub', [
    graph.unsqueeze(`${name}.lengths.column`, lengths, [1]),
    integers('one.end', 1),
  ]); // [B, 1]
  const Q = functionalQuantiles.length;
  const parts = integers('parts', PARTS);
  const twentieths = functionalQuantiles.map((q) => Math.round(q * PARTS));
  const places = node('places', 'Mul', [ends, integers('twentieths', twentieths)]); // [B, Q]
  const ranks = node('ranks', 'Div', [places, parts]);
  const rests = node('rests', 'Sub', [places, node('whole', 'Mul', [ranks, parts])]);
  const shares = node('shares', 'Div', [
    node('rests.floats', 'Cast', [rests], { to: 1 }),
    float('parts.float', PARTS),
  ]);
  const following = node('following', 'Add', [ranks, integers('one.next', 1)]);
  const nexts = node('nexts', 'Min', [following, ends]);
  const wide = integers('wide', [1, 1, F]);
  const at = (own: string, indices: string) => {
    const columns = graph.unsqueeze(`${name}.${own}.column`, indices, [2]);
    return node(
      own,
      'GatherElements',
      [sorted, node(`${own}.indices`, 'Expand', [columns, wide])],
      {
        axis: 1,
      },
    );
  };
  const low = at('low', ranks); // [B, Q, F]
  const span = node('span', 'Sub', [at('high', nexts), low]);
  const rise = node('rise', 'Mul', [span, graph.unsqueeze(`${name}.shares.column`, shares, [2])]);
  const quantiles = node('quantiles', 'Reshape', [
    node('values', 'Add', [low, rise]),
    integers('flat', [-1, Q * F]),
  ]);

  const logarithm = node('logarithm', 'Log', [counts]);
  const length = node('length', 'Div', [logarithm, float('ten', 10)]);
  return node('all', 'Concat', [mean, deviation, quantiles, meanChange, length], { axis: 1 });
}

/** What the input of functionals holds, for human readers. */
export function functionalsDescription(F: number): string {
  return (
    `functionals of each row's raw frames, normalised by speaker over the speaker's recordings, ${functionalCount(F)} ` +
    `values: the ${F} means; the ${F} population deviations; the quantiles ${functionalQuantiles.join(', ')}, ` +
    `${F} values each; the ${F} means of |x_t - x_(t-1)|; ln(T) / 10`
  );
}
