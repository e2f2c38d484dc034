import { z } from 'zod';
import { cellTraits } from '../../../core/cells.js';
import type { LayerConfig } from '../../../core/config.js';
import { directionsOf } from '../../../core/layers.js';
import { object } from '../../../core/schema.js';
import type { Tensor } from '../../../graph/types.js';
import { clearGate } from '../../../kernels/recurrence/clear_gate.js';
import { recurrentFields } from '../../fields.js';
import { biasGradient, weightGradient } from '../../gradients.js';
import { denseMatmul } from '../../matmul.js';
import { joinedRows, plainRow } from '../../rows.js';
import { droppedInput, inputGradient } from '../input.js';
import type { LayerKind, Sequence } from '../layer.js';
import { addRecurrence } from './onnx/recurrence.js';
import { recurrentParameters } from './parameters.js';
import type { RecurrenceTensors } from './common.js';
import { buildRecurrenceBackward, buildRecurrenceForward } from './recurrence.js';
import { Recurrence } from './shape.js';
import { buildTrace } from './trace.js';

type Recurrent = Extract<LayerConfig, { kind: 'recurrent' }>;

/** A recurrent layer over time, both directions at once (Eq. 3-12); its output is h'. */
export const recurrent: LayerKind<Recurrent> = {
  schema: object({ kind: z.literal('recurrent'), ...recurrentFields }),

  drops: true,

  output: (config) => joinedRows(directionsOf(config).length, plainRow(config.units)),

  parameters: recurrentParameters,

  onnx(graph, config, parameters, { x, time }) {
    const { lengths, batch, steps: frames } = time;
    const y = addRecurrence(graph, config, parameters, { x, lengths, batch, frames });
    return { x: y, width: config.units * directionsOf(config).length, time };
  },

  build(net, { config, output: row, dropout }, input) {
    const recurrence = new Recurrence(net, config, input.time);
    const { name, shape, time } = recurrence;
    const { directions, units, width, stateStride } = shape;
    const a = droppedInput(net, name, input);
    const steps = time.capacity;
    const tensors: RecurrenceTensors = {
      gates: net.activation(recurrence.own('gates'), [steps, directions, units, 4]),
      states: net.activation(recurrence.own('states'), [steps, directions, stateStride]),
      outputs: net.activation(recurrence.own('outputs'), [steps, width]),
    };
    // the input projection of both directions in one matmul
    denseMatmul(net, `${name}: input projection`, {
      part: 'dense',
      form: 'nt',
      over: time.steps,
      a,
      weight: recurrence.own('weight_ih'),
      bias: net.parameter(recurrence.own('bias')),
      out: tensors.gates,
      n: directions * units * 4,
      k: input.row.stride,
    });
    buildRecurrenceForward(recurrence, tensors);
    const output: Sequence = { tensor: tensors.outputs, row, time, differentiable: true, dropout };
    return {
      output,
      backward(dOutputs) {
        buildRecurrenceBackward(recurrence, tensors, dOutputs);
        parameterGradients(recurrence, tensors, a, input.row.stride);
        const columns = directions * units * 4;
        const weight = recurrence.own('weight_ih');
        return inputGradient(net, name, input, tensors.gates, weight, columns);
      },
      trace: () => buildTrace(recurrence, tensors),
    };
  },
};

/** Matmuls over all steps: the gates now hold their gradients. */
function parameterGradients(
  recurrence: Recurrence,
  { gates: dGates, outputs }: RecurrenceTensors,
  input: Tensor,
  inputStride: number,
): void {
  const { net, config, time } = recurrence;
  const { directions, units, width } = recurrence.shape;
  const columns = directions * units * 4;
  const weightHh = recurrence.own('weight_hh');
  directionsOf(config).forEach((direction, d) => {
    const gradient = net.builder.view(
      net.gradient(weightHh),
      `gradients/${weightHh} ${d}`,
      d * units * units * 4,
      [units, units, 4],
    );
    weightGradient(
      net,
      `d ${weightHh} ${direction}`,
      { tensor: outputs, stride: width, first: d * units, columns: units },
      { tensor: dGates, stride: columns, first: d * units * 4, columns: units * 4 },
      time.steps,
      gradient,
      { direction: d, positions: time.positions },
    );
  });
  const weightIh = recurrence.own('weight_ih');
  weightGradient(
    net,
    `d ${weightIh}`,
    { tensor: dGates, stride: columns, first: 0, columns },
    { tensor: input, stride: inputStride, first: 0, columns: inputStride },
    time.steps,
    net.gradient(weightIh),
  );
  clearAbsentGates(recurrence, inputStride);
  const bias = recurrence.own('bias');
  biasGradient(net, `d ${bias}`, dGates, columns, time.steps, net.gradient(bias));
}

/** The matmuls also compute gradients for numbers of a unit that the cell has no weight for. */
function clearAbsentGates(recurrence: Recurrence, inputStride: number): void {
  const { net, config } = recurrence;
  const { directions, units } = recurrence.shape;
  const { weight_ih: ofInput, weight_hh: ofState } = cellTraits(config.cell).slots;
  const n = directions * units;
  const clear = (name: string, slots: readonly number[], rows: number, columns: number): void => {
    for (const gate of [0, 1, 2, 3].filter((slot) => !slots.includes(slot))) {
      net.builder.dispatch(`d ${name}: no gate ${gate}`, clearGate, {
        bindings: { values: net.gradient(name) },
        uniforms: { rows, columns, gate },
      });
    }
  };
  clear(recurrence.own('weight_ih'), ofInput, n, inputStride);
  clear(recurrence.own('weight_hh'), ofState, n * units, 1);
}
