/**
 * Every shader that a plan can use, with the defines of the network's own programs: each cell, on each kind of
 * adapter, in each precision, from the rules, the tuner's candidates and possible plan files.
 */
import type { ModelConfig, OptimizerConfig, TwoLayerModelConfig } from '../src/core/config.js';
import { cells, combinesStates } from '../src/core/cells.js';
import type { Program } from '../src/graph/types.js';
import { weightPlaces } from '../src/kernels/recurrence/recurrence_cooperative.js';
import type { Defines, KernelDescriptor, Values } from '../src/kernels/descriptor.js';
import { assembleShader, type ShaderSource } from '../src/kernels/shader.js';
import { featureSet } from '../src/features/sets/registry.js';
import { layoutEntries } from '../src/gpu/pipelines.js';
import { presetModel } from '../src/model/presets.js';
import {
  choosePlan,
  matmulsFor,
  precisions,
  type KernelPlan,
  type MatmulPlan,
  type RecurrencePlan,
} from '../src/plan/plan.js';
import { planProblem, type PlanTraits } from '../src/plan/check.js';
import {
  augmentedProgram,
  gradientProgram,
  inspectionProgram,
  updateProgram,
} from '../src/network/programs.js';
import { extractionProgram } from '../src/session/extraction-session.js';
import { samplesProgram } from '../src/session/samples-session.js';
import { candidatesFor } from '../src/tuning/candidates.js';
import type { Part } from '../src/tuning/parts.js';
import { coveringPairs } from './covering-pairs.js';
import { rowsAndParts } from './persistent-rows.js';

/** A kernel with the defines and constants of a pass. */
export interface PlanShader {
  readonly kernel: KernelDescriptor;
  readonly defines: Defines;
  readonly constants: Values;
  readonly code: string;
  /** The code without its numbers: shaders that differ only in numbers have the same form. */
  readonly form: string;
}

/** The kinds of adapters that plans distinguish. */
const adapters: Readonly<Record<string, PlanTraits>> = {
  swiftshader: traits({ software: true, kind: 'swiftshader', invocations: 256, bytes: 32_768 }),
  lavapipe: traits({ software: true, kind: 'lavapipe', invocations: 1024, bytes: 32_768 }),
  'least GPU': traits({ software: false, kind: 'gpu', invocations: 256, bytes: 16_384 }),
  GPU: {
    ...traits({ software: false, kind: 'gpu', invocations: 1024, bytes: 49_152 }),
    subgroups: { lanes: 32, matrices: [{ m: 16, n: 16, k: 16 }] },
  },
};

function traits(own: {
  readonly software: boolean;
  readonly kind: string;
  readonly invocations: number;
  readonly bytes: number;
}): PlanTraits {
  return {
    software: own.software,
    kind: own.kind,
    maxComputeWorkgroupStorageSize: own.bytes,
    maxComputeInvocationsPerWorkgroup: own.invocations,
    f16: true,
  };
}

const optimizers: readonly OptimizerConfig[] = [
  { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8 },
  { name: 'rmsprop', alpha: 0.99, eps: 1e-8 },
  { name: 'sgd', momentum: 0.9 },
];

/** Models that differ in what shaders depend on: the cell, whether states are kept past a combination, the pooling. */
function models(units: number): ModelConfig[] {
  const base = presetModel('alstm-1', { emotion: 4, gender: 2 });
  const heads = base.heads.map((head, i) => ({ ...head, hidden: i === 0 ? 8 : 0 }));
  const two = cells.flatMap((cell) =>
    (combinesStates(cell) ? [5, 1] : [5]).map((period) => ({
      ...base,
      heads,
      pooling: period === 1 ? ('mean' as const) : ('attention' as const),
      recurrent: { ...base.recurrent, cell, units, period },
    })),
  );
  return [...two, layered({ ...base, heads }, units), ...branched({ ...base, heads }, units)];
}

/** Subsampling of features, of a dense layer's output and of a recurrent one's, each by its mean and concatenated. */
function layered(base: TwoLayerModelConfig, units: number): ModelConfig {
  const { features, pooling, heads, dropout } = base;
  const recurrent = { kind: 'recurrent', ...base.recurrent, cell: 'lstm', units } as const;
  const both = (['mean', 'concatenate'] as const).map(
    (how) => ({ kind: 'subsample', by: 2, how }) as const,
  );
  const dense = both.flatMap((subsample) => [{ kind: 'dense', units } as const, subsample]);
  const upper = both.flatMap((subsample) => [subsample, recurrent]);
  return { features, layers: [...both, ...dense, recurrent, ...upper], pooling, heads, dropout };
}

/** Deviations, functionals of both scopes, heads for numbers, and one whose gradient is reversed. */
function branched(base: TwoLayerModelConfig, units: number): ModelConfig[] {
  const recurrent = { ...base.recurrent, cell: 'lstm', units } as const;
  const numbers = (['mse', 'ccc'] as const).map((loss) => ({
    task: loss,
    loss,
    hidden: 0,
    weight: 1,
  }));
  const heads = [...base.heads.map((head) => ({ ...head, reversal: 0.1 })), ...numbers];
  return (['frames', 'functionals'] as const).map((scope) => ({
    ...base,
    recurrent,
    pooling: 'attention+deviation',
    functionals: { units: 8, scope },
    heads,
  }));
}

const small = { rowLanes: 4, columnLanes: 4 } as const;
const matmuls: readonly MatmulPlan[] = [
  { variant: 'registers', ...small },
  { variant: 'outer', ...small },
  { variant: 'tiled', ...small, depth: 8, micro: 4 },
  { variant: 'tiled', ...small, depth: 8, micro: 8 },
  { variant: 'tiled', ...small, depth: 8, micro: 4, buffers: 2, unroll: true },
  { variant: 'tiled', ...small, depth: 8, micro: 8, buffers: 2, unroll: true },
];

function recurrences(blocks: readonly number[]): RecurrencePlan[] {
  const persistent = rowsAndParts.flatMap(([rows, parts], i) =>
    blocks.map((block, j) => {
      const unroll = (i + j) % 2 === 0;
      return { variant: 'persistent', rows, lanes: 16, block, parts, unroll } as const;
    }),
  );
  const slice = { rows: 4, units: 8, lanes: 16 };
  const cooperative = weightPlaces.map(
    (weights) => ({ variant: 'cooperative', ...slice, lanes: 32, weights }) as const,
  );
  return [...persistent, { variant: 'steps', ...slice }, ...cooperative];
}

const matmulParts = ['dense', 'inputGradient', 'weightGradient', 'heads'] as const;

/**
 * Plans from the rules, from all choices of a plan file, and from all candidates of the tuner on this adapter.
 * Parts of a plan are independent: each plan uses the next choice of each part.
 */
function plansFor(model: ModelConfig, adapter: PlanTraits): KernelPlan[] {
  const candidates = candidatesFor(model, adapter, true);
  return precisions.flatMap((precision) => {
    const plan = choosePlan(model, adapter, precision);
    const tried = (part: Part, named: readonly KernelPlan[]): readonly KernelPlan[] => [
      ...named.filter((own) => planProblem(own, model, adapter) === undefined),
      ...candidates(part, plan),
    ];
    const choices = {
      ...Object.fromEntries(
        matmulParts.map((part) => {
          const own = matmuls.filter((p) => part !== 'weightGradient' || p.variant !== 'outer');
          const plans = own.map((p) => ({ ...plan, matmul: { ...plan.matmul, [part]: p } }));
          return [part, tried(part, plans)];
        }),
      ),
      forward: tried(
        'forward',
        recurrences([1, 2]).map((forward) => ({ ...plan, forward })),
      ),
      backward: tried(
        'backward',
        recurrences([1, 4]).map((backward) => ({ ...plan, backward })),
      ),
    } as Record<(typeof matmulParts)[number] | 'forward' | 'backward', readonly KernelPlan[]>;
    const most = Math.max(...Object.values(choices).map(({ length }) => length));
    return Array.from({ length: most }, (_, i) => {
      const nth = (part: keyof typeof choices): KernelPlan =>
        choices[part][i % choices[part].length] ?? plan;
      return {
        ...plan,
        matmul: {
          dense: nth('dense').matmul.dense,
          inputGradient: nth('inputGradient').matmul.inputGradient,
          weightGradient: nth('weightGradient').matmul.weightGradient,
          heads: nth('heads').matmul.heads,
        },
        forward: nth('forward').forward,
        backward: nth('backward').backward,
      };
    }).concat(plan);
  });
}

/** One of each shader. */
export function planShaders(source: ShaderSource): PlanShader[] {
  const found = new Map<string, PlanShader>();
  const take = ({ passes }: Program): void => {
    for (const pass of passes) {
      if (pass.kind !== 'dispatch') continue;
      const { kernel, defines, constants } = pass;
      const key = JSON.stringify([kernel.name, Object.entries(defines), Object.entries(constants)]);
      if (found.has(key)) continue;
      const code = assembleShader(kernel, defines, source);
      const form = kernel.name + code.replace(/\b\d+u?\b/g, '0');
      found.set(key, { kernel, defines, constants, code, form });
    }
  };
  const capacity = { frames: 2, utterances: 2, longest: 1 };
  for (const adapter of Object.values(adapters)) {
    for (const model of models(adapter.software ? 64 : 256)) {
      for (const plan of plansFor(model, adapter)) {
        take(gradientProgram(model, plan, capacity));
        take(inspectionProgram(model, plan, capacity));
      }
      const plan = choosePlan(model, adapter);
      take(augmentedProgram(model, plan, capacity));
      for (const own of optimizers) take(updateProgram(model, plan, own, 5, 0.98));
    }
    for (const id of ['voice56+delta', 'logmel40']) {
      const size = { recordings: 1, samples: 400, analysed: 1 };
      const { dense } = matmulsFor(adapter);
      take(extractionProgram(featureSet(id), dense, size).program);
    }
    const [model] = models(64) as [ModelConfig];
    const plan = choosePlan(model, adapter);
    take(samplesProgram(model, featureSet('prosody36'), plan, capacity).program);
  }
  return [...found.values()];
}

/** Approximate compilation cost: of shaders with the same form, the cheapest is used. */
function cost({ defines, constants }: PlanShader): number {
  const numbers = [defines['ROWS'], defines['UNITS_PER_LANE'], defines['SLICE']];
  return numbers.reduce<number>(
    (product, own) => product * Number(own ?? 1),
    1 + (constants['LANES'] ?? 0) / 1024,
  );
}

/** One of every form: the one that compiles fastest. */
export function formsOf(shaders: readonly PlanShader[]): PlanShader[] {
  const forms = new Map<string, PlanShader>();
  for (const shader of shaders) {
    const known = forms.get(shader.form);
    if (known === undefined || cost(shader) < cost(known)) forms.set(shader.form, shader);
  }
  return [...forms.values()];
}

/** A small set of forms for every kernel that covers every pair of its settings. */
export function pairsOfForms(forms: readonly PlanShader[]): PlanShader[] {
  const kernels = new Set(forms.map(({ kernel }) => kernel));
  return [...kernels].flatMap((kernel) => {
    const settings = new Map(
      forms.flatMap((own) => (own.kernel === kernel ? [[settingsOf(own), own] as const] : [])),
    );
    return [...coveringPairs([...settings.keys()])].flatMap((own) => settings.get(own) ?? []);
  });
}

/** Defines that are switches or names, which distinguish forms. */
function settingsOf({ defines }: PlanShader): Defines {
  const isSetting = ([name, value]: [string, number | string]) =>
    value === 0 || value === 1 || /^(MICRO|ROWS|BLOCK|CELL)$|_TRIPS$|REAL$/.test(name);
  return Object.fromEntries(Object.entries(defines).filter(isSetting));
}

/** What WebGPU needs to compile a shader, as data that can be sent to another process. */
export interface CompileJob {
  readonly name: string;
  readonly code: string;
  readonly constants: Values;
  readonly entries: readonly GPUBindGroupLayoutEntry[];
}

export function compileJob({ kernel, defines, constants, code }: PlanShader): CompileJob {
  return {
    name: `${kernel.name} ${JSON.stringify({ ...defines, ...constants })}`,
    code,
    constants: { ...kernel.constants, ...constants },
    entries: layoutEntries(kernel, defines),
  };
}
