import type { SubsampleConfig } from '../../core/config.js';
import type { GraphBuilder } from '../../onnx/graph-builder.js';
import { addValid, addZeroPadding, type OnnxSequence, type OnnxTime } from '../../onnx/sequence.js';

/** The subsampling layer as standard operators; a short last group is averaged over its frames, or padded. */
export function subsampleOnnx(
  graph: GraphBuilder,
  { name, by, how }: SubsampleConfig & { readonly name: string },
  input: OnnxSequence,
): OnnxSequence {
  if (by === 1) return input;
  const { width, time } = input;
  const k = graph.integers(`${name}.by`, by);
  const roundedUp = (value: string, of: string) => {
    const more = graph.node(`${name}.${value}.more`, 'Add', [
      of,
      graph.integers(`${name}.${value}.rest`, by - 1),
    ]);
    return graph.node(`${name}.${value}`, 'Div', [more, k]);
  };
  const steps = roundedUp('steps', time.steps);
  const lengths = roundedUp('lengths', time.lengths);
  const valid = addValid(graph, `${name}.valid`, steps, lengths);

  // [B, T, width] → [B, by steps, width] → [B, steps, by, width]
  const clean = addZeroPadding(graph, `${name}.clean`, input);
  const whole = graph.node(`${name}.whole`, 'Mul', [steps, k]);
  const missing = graph.node(`${name}.missing`, 'Sub', [whole, time.steps]);
  const pads = graph.node(
    `${name}.pads`,
    'Concat',
    [
      graph.integers(`${name}.pads.before`, [0, 0, 0, 0]),
      graph.unsqueeze(`${name}.pads.steps`, missing, [0]),
      graph.integers(`${name}.pads.width`, [0]),
    ],
    { axis: 0 },
  );
  const padded = graph.node(`${name}.padded`, 'Pad', [clean, pads]);
  const stepsList = graph.unsqueeze(`${name}.steps.list`, steps, [0]);
  const reshaped = (own: string, last: readonly number[]) =>
    graph.node(own, 'Reshape', [
      padded,
      graph.node(
        `${own}.shape`,
        'Concat',
        [time.batch, stepsList, graph.integers(`${own}.sizes`, last)],
        { axis: 0 },
      ),
    ]);

  // steps in each group, [B, steps]: 1 past a row's length, to avoid dividing by 0
  const ofGroups = [graph.integers(`${name}.first`, 0), whole, k];
  const firsts = graph.unsqueeze(
    `${name}.firsts.row`,
    graph.node(`${name}.firsts`, 'Range', ofGroups),
    [0],
  );
  const ends = graph.unsqueeze(`${name}.ends`, time.lengths, [1]);
  const left = graph.node(`${name}.left`, 'Sub', [ends, firsts]);
  const leftFloats = graph.node(`${name}.left.floats`, 'Cast', [left], { to: 1 });
  const counts = graph.node(`${name}.counts`, 'Clip', [
    leftFloats,
    graph.float(`${name}.least`, 1),
    graph.float(`${name}.most`, by),
  ]);
  const next: OnnxTime = {
    batch: time.batch,
    steps,
    lengths,
    valid,
    groups: { by, before: time, counts },
  };
  if (how === 'concatenate') {
    return { x: reshaped(`${name}.output`, [by * width]), width: by * width, time: next };
  }
  const sums = graph.node(
    `${name}.sums`,
    'ReduceSum',
    [reshaped(`${name}.groups`, [by, width]), graph.integers(`${name}.axis`, [2])],
    { keepdims: 0 },
  );
  const x = graph.node(`${name}.output`, 'Div', [
    sums,
    graph.unsqueeze(`${name}.counts.column`, counts, [2]),
  ]);
  return { x, width, time: next };
}
