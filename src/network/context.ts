import { attendsToStates, combinesStates, stateCount } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Dtype, Quantity, Tensor } from '../graph/types.js';
import { cast } from '../kernels/reductions/cast.js';
import { transpose } from '../kernels/matmul/transpose.js';
import { lossSlots } from './losses.js';
import { layoutParameters, type ParameterLayout } from './parameters.js';
import type { KernelPlan } from '../plan/plan.js';
import { deviceShape, type DeviceShape } from './shape.js';

/** Scalars of a batch that every network graph knows. */
export interface BatchCapacity {
  /** Sum of the lengths. */
  readonly frames: number;
  readonly utterances: number;
  /** Frames of the longest utterance. */
  readonly longest: number;
}

/** Dropout layers in the order of their numbers; a head's hidden layer follows as 2 + its index. */
export const DROPOUT_FRONTEND = 0;
export const DROPOUT_RECURRENT = 1;
export const DROPOUT_HEADS = 2;

/** What the builders of forward, backward and update share. */
export class NetworkContext {
  readonly shape: DeviceShape;
  readonly layout: ParameterLayout;

  constructor(
    readonly builder: GraphBuilder,
    readonly model: ModelConfig,
    readonly plan: KernelPlan,
    readonly capacity: BatchCapacity,
    readonly training: boolean,
  ) {
    this.shape = deviceShape(model);
    this.layout = layoutParameters(model);
  }

  get combines(): boolean {
    return combinesStates(this.model.recurrent.cell);
  }

  get attends(): boolean {
    return attendsToStates(this.model.recurrent.cell);
  }

  /** Kinds of states that steps combine: C and h, or h alone. */
  get kinds(): number {
    return stateCount(this.model.recurrent.cell);
  }

  /** The farthest step back that a combination reaches. */
  get farthest(): number {
    return Math.max(...this.model.recurrent.offsets);
  }

  get dropout(): boolean {
    return this.training && this.model.dropout > 0;
  }

  /** Uniforms of a dropout layer; 1 / (1 - p) also scales its gradient. */
  dropoutUniforms(
    layer: number,
  ): Record<'threshold' | 'scale' | 'stream_0' | 'stream_1', Quantity> {
    if (!this.dropout) return { threshold: 0, scale: 1, stream_0: 0, stream_1: 0 };
    return {
      threshold: Math.round(this.model.dropout * 65536),
      scale: 1 / (1 - this.model.dropout),
      stream_0: `dropout_${layer}_0`,
      stream_1: `dropout_${layer}_1`,
    };
  }

  /** A persistent flat buffer in the parameters' layout. */
  flat(name: string): Tensor {
    return this.#once(name, () => this.builder.tensor(name, [this.layout.size], 'persistent'));
  }

  parameter(name: string): Tensor {
    return this.#viewOf(this.flat('parameters'), name);
  }

  /** How activations over frames are stored. */
  get real(): Dtype {
    return this.plan.precision;
  }

  /** A transient tensor of activations, or of gradients of them. */
  activation(name: string, shape: readonly number[]): Tensor {
    return this.builder.tensor(name, shape, 'transient', this.real);
  }

  /** A parameter as the kernels over frames read it: itself, or its copy in half precision. */
  weight(name: string): Tensor {
    return this.real === 'f32' ? this.parameter(name) : this.#viewOf(this.#halfWeights(), name);
  }

  /** The transpose of a dense layer's weights [n,k], as `weight` or as the parameters are stored. */
  transposedWeight(name: string, n: number, k: number, dtype: Dtype): Tensor {
    const transposed = `${name}.transposed`;
    return this.#once(transposed, () => {
      const out = this.builder.tensor(transposed, [k, n], 'transient', dtype);
      this.builder.dispatch(`transpose ${name}`, transpose, {
        bindings: { values: this.parameter(name), out },
        uniforms: { rows: n, columns: k },
        defines: { REAL: dtype },
      });
      return out;
    });
  }

  /** All parameters in half precision, in their layout. */
  #halfWeights(): Tensor {
    return this.#once('weights', () => {
      const { size } = this.layout;
      const out = this.builder.tensor('weights', [size], 'transient', this.real);
      this.builder.dispatch('cast weights', cast, {
        bindings: { values: this.flat('parameters'), out },
        uniforms: { size },
        defines: { REAL: this.real },
      });
      return out;
    });
  }

  gradient(name: string): Tensor {
    return this.#viewOf(this.flat('gradients'), name);
  }

  #viewOf(flat: Tensor, name: string): Tensor {
    const tensor = this.layout.tensors.get(name);
    if (!tensor) throw new Error(`no parameter tensor '${name}'`);
    return this.builder.view(flat, `${flat.name}/${name}`, tensor.offset, tensor.shape);
  }

  #tensors = new Map<string, Tensor>();
  #once(name: string, make: () => Tensor): Tensor {
    const tensor = this.#tensors.get(name) ?? make();
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** Inputs of every network graph. */
  input(
    name:
      | 'features'
      | 'positions'
      | 'sequences'
      | 'row_positions'
      | 'targets'
      | 'losses'
      | 'loss_scale',
  ): Tensor {
    const { frames, utterances } = this.capacity;
    const { builder } = this;
    const tasks = this.model.heads.length;
    return this.#once(name, () => {
      switch (name) {
        case 'features':
          return builder.tensor('features', [frames, this.shape.features], 'input');
        case 'positions': // (utterance, frame, length, row)
          return builder.tensor('positions', [frames, 4], 'input', 'u32');
        case 'row_positions': // (utterance, 0, length, row)
          return builder.tensor('row_positions', [utterances, 4], 'input', 'u32');
        case 'sequences': // (first frame, length)
          return builder.tensor('sequences', [utterances, 2], 'input', 'u32');
        case 'targets':
          return builder.tensor('targets', [tasks, utterances], 'input', 'i32');
        case 'losses':
          return builder.tensor('losses', [lossSlots(tasks)], 'persistent');
        case 'loss_scale': // the loss scale, steps since it changed, hold, skipped updates
          return builder.tensor('loss_scale', [4], 'persistent');
      }
    });
  }

  classWeights(task: string, classes: number): Tensor {
    const name = `class_weights/${task}`;
    return this.#once(name, () => this.builder.tensor(name, [classes], 'input'));
  }

  /** First step and step count of each dispatch of a recurrence; those past the longest do nothing. */
  timeSpans(): { first: number; count: Quantity }[] {
    const step = this.plan.stepsPerDispatch;
    const spans = [];
    for (let first = 0; first < this.capacity.longest; first += step) {
      const count: Quantity = {
        label: `min(${step}, longest - ${first})`,
        of: ({ longest = 0 }) => Math.max(0, Math.min(step, longest - first)),
      };
      spans.push({ first, count });
    }
    return spans;
  }
}
