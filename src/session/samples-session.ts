import type { ModelConfig } from '../core/config.js';
import { UsageError } from '../core/errors.js';
import { functionalCount } from '../core/functionals.js';
import { buildInputs, inputNames } from '../extraction/inputs.js';
import { extractionProblem } from '../extraction/sets.js';
import { Signals } from '../extraction/signals.js';
import type { FeatureSet } from '../features/sets/feature-set.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executor } from '../gpu/executor.js';
import type { Scalars } from '../graph/types.js';
import { pad4 } from '../kernels/descriptor.js';
import { variantFor } from '../network/matmul.js';
import { layoutParameters, packParameters } from '../network/parameters.js';
import { computedInferenceProgram } from '../network/programs.js';
import { choosePlan, type KernelPlan } from '../plan/plan.js';
import { BatchPacker } from './batch.js';
import { Gatherer } from './gather.js';
import { GrowingProgram, type ProgramWithTables } from './growing-program.js';
import type { SessionOptions } from './network-session.js';
import { planTraits } from './plan-traits.js';
import { packSignals } from './signals.js';
import type { Inference } from './types.js';

/** Frames of a recording that are normalised together. */
export interface Span {
  /** Index of the recording. */
  readonly recording: number;
  /** First frame of the recording. */
  readonly first: number;
  readonly frames: number;
  /** What is known of the voice; absent: nothing, and the span's own moments must count alone. */
  readonly known?: KnownMoments | undefined;
}

/** Mean and variance of each feature, and of each functional if the model takes them. */
export interface KnownMoments {
  readonly frames: MeanAndVariance;
  readonly functionals?: MeanAndVariance;
}

export interface MeanAndVariance {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** What the network processes on its own: some frames of a span. */
export interface SpanWindow {
  /** Index of the span. */
  readonly span: number;
  /** First frame of the span. */
  readonly first: number;
  readonly frames: number;
}

/** Recordings to predict from their samples. */
export interface SampleBatch {
  /** Mono at the feature set's rate in -1..1, [N] each. */
  readonly recordings: readonly Float32Array[];
  readonly spans: readonly Span[];
  readonly windows: readonly SpanWindow[];
  /** Weight of a span's own moments against what is known: 1 its own alone, 0 what is known alone. */
  readonly share: number;
}

/**
 * A trained model on a device, with its features: from samples to probabilities in one submit, without a readback in
 * between.
 */
export class SamplesSession {
  readonly plan: KernelPlan;
  readonly #pool: BufferPool;
  readonly #executor: Executor;
  readonly #packer = new BatchPacker();
  readonly #program: GrowingProgram;

  /** @throws UsageError for a feature set without kernels; ConfigError if the parameters are not the model's */
  constructor(
    engine: Engine,
    readonly model: ModelConfig,
    readonly featureSet: FeatureSet,
    options: SessionOptions,
  ) {
    const problem = extractionProblem(featureSet);
    if (problem !== undefined) throw new UsageError(problem, 'Compute them on the CPU.');
    const plan = options.plan ?? choosePlan(model, planTraits(engine.gpu), options.precision);
    this.plan = plan;
    this.#pool = new BufferPool(engine.gpu);
    this.#executor = new Executor(engine.gpu);
    const layout = layoutParameters(model);
    const parameters = packParameters(layout, options.parameters);
    this.#pool.write('parameters', parameters, layout.size * 4);
    this.#program = new GrowingProgram(engine, this.#pool, this.#executor, (capacity) =>
      samplesProgram(model, featureSet, plan, capacity),
    );
  }

  /** Bytes of GPU buffers held. */
  get bytes(): number {
    return this.#pool.bytes;
  }

  /**
   * The network's output for windows of recordings; waits for the GPU.
   *
   * @throws MemoryRefusal if the device has no memory for the batch; AdapterError or DispatchSizeError if it is too large
   */
  async predict({ recordings, spans, windows, share }: SampleBatch): Promise<Inference> {
    const { model, featureSet: set } = this;
    const lengths = Int32Array.from(windows, ({ frames }) => frames);
    const order = [...windows.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
    const signals = packSignals(recordings, set);
    const places = this.#packer.places(
      model,
      order,
      order.map((row) => lengths[row]!),
    );
    const executable = await this.#program.for({
      ...signals.size,
      ...places.size,
      spans: spans.length,
    });
    const firsts = spans.map(({ recording, first }) => signals.signals[4 * recording + 2]! + first);
    const inputs: Record<string, Float32Array | Uint32Array> = {
      ...signals.inputs,
      ...places.inputs,
      [inputNames.frames]: pairs(spans, ({ frames }, s) => [firsts[s]!, frames]),
      [inputNames.functionals]: pairs(spans, (_, s) => [s, 1]),
      [inputNames.sources]: pairs(order, (row) => {
        const { span, first } = windows[row]!;
        return [firsts[span]! + first, span];
      }),
      [inputNames.functionalSources]: pairs(order, (row) => {
        const { span } = windows[row]!;
        return [span, span];
      }),
      ...this.#known(spans),
    };
    for (const [name, data] of Object.entries(inputs)) executable.writeInput(name, data);
    const scalars = {
      ...signals.scalars,
      ...places.scalars,
      [inputNames.spans]: spans.length,
      [inputNames.share]: share,
    };
    await this.#executor.run([{ executable, scalars }]);
    const gatherer = new Gatherer(model, lengths);
    await gatherer.take(executable, places);
    return gatherer.result;
  }

  destroy(): void {
    this.#program.destroy();
    this.#pool.destroy();
  }

  /** Known moments of each span, as rows of the padded width. */
  #known(spans: readonly Span[]): Record<string, Float32Array> {
    const F = this.featureSet.dimensions;
    const table = (width: number, of: (span: Span) => ArrayLike<number> | undefined) => {
      const stride = pad4(width);
      const rows = new Float32Array(spans.length * stride);
      spans.forEach((span, s) => {
        const values = of(span);
        if (values) rows.set(Array.from(values), s * stride);
      });
      return rows;
    };
    const all = functionalCount(F);
    return {
      [inputNames.means]: table(F, ({ known }) => known?.frames.mean),
      [inputNames.variances]: table(F, ({ known }) => known?.frames.variance),
      [inputNames.functionalMeans]: table(all, ({ known }) => known?.functionals?.mean),
      [inputNames.functionalVariances]: table(all, ({ known }) => known?.functionals?.variance),
    };
  }
}

/** The program from samples to probabilities. */
export function samplesProgram(
  model: ModelConfig,
  set: FeatureSet,
  plan: KernelPlan,
  capacity: Scalars,
): ProgramWithTables {
  const { recordings = 1, samples = 1, analysed = 1, spans = 1 } = capacity;
  const { frames = 1, utterances = 1, longest = 1 } = capacity;
  let made: Signals | undefined;
  const program = computedInferenceProgram(
    model,
    plan,
    { frames, utterances, longest },
    { recordings, samples, analysed, [inputNames.spans]: spans, [inputNames.share]: 1 },
    (net) => {
      const signals = new Signals(
        net.builder,
        { recordings, samples, analysed },
        variantFor(plan.matmul.dense),
      );
      made = signals;
      return buildInputs(net, signals, set, spans);
    },
  );
  return { program, tables: made?.tables.values() ?? [] };
}

/** Two numbers for each item, one after the other. */
function pairs<T>(
  items: readonly T[],
  of: (item: T, index: number) => readonly [number, number],
): Uint32Array {
  return Uint32Array.from(items.flatMap(of));
}
