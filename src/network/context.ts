import type { ModelConfig } from '../core/config.js';
import type { GraphBuilder } from '../graph/builder.js';
import type { Dtype, Quantity, Tensor } from '../graph/types.js';
import { cast } from '../kernels/reductions/cast.js';
import { transpose } from '../kernels/matmul/transpose.js';
import type { KernelPlan, MatmulPart } from '../plan/plan.js';
import { lossSlots } from './losses.js';
import type { ParameterLayout } from './layout.js';
import { TimeAxis, type BatchCapacity } from './time.js';

/** What a network reads in place of its parameters and of a batch's own frames. */
export interface NetworkReads {
  /** The average of the parameters over the updates. */
  readonly average?: boolean;
  /** Augmented frames. */
  readonly augmented?: boolean;
  /** Frames, and functionals where the model takes them, that the same graph computes. */
  readonly computed?: (net: NetworkContext) => ComputedInputs;
}

/** What a graph computes in place of what a batch gives. */
export interface ComputedInputs {
  /** [frames, padded F], normalised */
  readonly features: Tensor;
  /** [utterances, padded 8F + 1], normalised */
  readonly functionals?: Tensor;
}

/** State shared by the builders of layers, pooling, heads and update. */
export class NetworkContext {
  /** @param layout layout of the model's parameters */
  constructor(
    readonly builder: GraphBuilder,
    readonly model: ModelConfig,
    readonly layout: ParameterLayout,
    readonly plan: KernelPlan,
    readonly capacity: BatchCapacity,
    readonly training: boolean,
    private readonly reads: NetworkReads = {},
  ) {}

  /** Whether what a batch gives is augmented. */
  get augmented(): boolean {
    return this.reads.augmented ?? false;
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

  /** A time axis: axis 0 counts the features' frames. */
  time(axis: number): TimeAxis {
    const known = this.#axes.get(axis);
    if (known) return known;
    const made = new TimeAxis(this.builder, axis);
    this.#axes.set(axis, made);
    return made;
  }
  readonly #axes = new Map<number, TimeAxis>();

  /** A persistent flat buffer in the parameters' layout. */
  flat(name: string): Tensor {
    return this.#once(name, () => this.builder.tensor(name, [this.layout.size], 'persistent'));
  }

  parameter(name: string): Tensor {
    return this.#viewOf(this.#weights, name);
  }

  /** The flat buffer with the weights that the network computes with. */
  get #weights(): Tensor {
    return this.flat(this.reads.average ? 'average' : 'parameters');
  }

  /** Storage type of activations over frames. */
  get real(): Dtype {
    return this.plan.precision;
  }

  /** A transient tensor of activations, or of gradients of them. */
  activation(name: string, shape: readonly number[]): Tensor {
    return this.builder.tensor(name, shape, 'transient', this.real);
  }

  /** A parameter as the kernels over frames read it: the parameter itself, or its copy in half precision. */
  weight(name: string): Tensor {
    return this.real === 'f32' ? this.parameter(name) : this.#viewOf(this.#halfWeights(), name);
  }

  /** The transpose of a dense layer's weights [n,k], from `weight` or from the stored parameters. */
  transposedWeight(name: string, n: number, k: number, dtype: Dtype, part: MatmulPart): Tensor {
    const transposed = `${name}.transposed`;
    return this.#once(transposed, () => {
      const out = this.builder.tensor(transposed, [k, n], 'transient', dtype);
      this.builder.dispatch(`transpose ${name}`, transpose, {
        part,
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
        bindings: { values: this.#weights, out },
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
    if (!tensor) throw new Error(`there is no parameter tensor '${name}'`);
    return this.builder.view(flat, `${flat.name}/${name}`, tensor.offset, tensor.shape);
  }

  #tensors = new Map<string, Tensor>();
  #once(name: string, make: () => Tensor): Tensor {
    const tensor = this.#tensors.get(name) ?? make();
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** What the graph computes of the batch's frames; undefined if the batch gives them. */
  get computed(): ComputedInputs | undefined {
    return (this.#computed ??= this.reads.computed?.(this));
  }
  #computed: ComputedInputs | undefined;

  /** The features of a batch, [frames, padded F]. */
  features(stride: number): Tensor {
    const { frames } = this.capacity;
    if (this.computed) return this.computed.features;
    return this.#once('features', () => this.builder.tensor('features', [frames, stride], 'input'));
  }

  /** (utterance, 0, length, row) of each row. */
  get rowPositions(): Tensor {
    const size = [this.capacity.utterances, 4];
    return this.#once('row_positions', () =>
      this.builder.tensor('row_positions', size, 'input', 'u32'),
    );
  }

  /** Sums that the host reads from time to time (losses.ts). */
  get losses(): Tensor {
    const slots = lossSlots(this.model.heads.length);
    return this.#once('losses', () => this.builder.tensor('losses', [slots], 'persistent'));
  }

  /** The loss scale, steps since it changed, hold, skipped updates. */
  get lossScale(): Tensor {
    return this.#once('loss_scale', () => this.builder.tensor('loss_scale', [4], 'persistent'));
  }

  /** A small tensor that is kept from one run to the next, by its name. */
  persistent(name: string, shape: readonly number[]): Tensor {
    return this.#once(name, () => this.builder.tensor(name, shape, 'persistent'));
  }

  /** An input of a head, by its name. */
  headInput(name: string, shape: readonly number[], dtype: Dtype = 'f32'): Tensor {
    return this.#once(name, () => this.builder.tensor(name, shape, 'input', dtype));
  }
}
