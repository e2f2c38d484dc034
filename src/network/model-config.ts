import { z } from 'zod';
import { optimizerNames } from '../core/choices.js';
import type {
  HeadConfig,
  LayerConfig,
  ModelConfig,
  OptimizerConfig,
  SubsampleConfig,
  TwoLayerModelConfig,
} from '../core/config.js';
import { isRegressionLoss } from '../core/heads.js';
import { isJsonObject } from '../core/json.js';
import { firstRepeated } from '../core/order.js';
import { checkSchema, integer, listOf, object, oneOf, real, wantOneOf } from '../core/schema.js';
import { functionalsSchema, modelFields, MOST_RECURRENT, recurrentSchema } from './fields.js';
import { lossNames } from './heads/index.js';
import { layerSchema } from './layers/index.js';

const f = modelFields;

const classificationSchema = object({
  task: f.task,
  classes: integer(1),
  loss: oneOf(['cross-entropy']).exactOptional(),
  hidden: f.hidden,
  weight: f.weight,
  class_weights: f.classWeights.exactOptional(),
  label_smoothing: f.labelSmoothing.exactOptional(),
  reversal: f.reversal.exactOptional(),
}).superRefine(({ classes, class_weights: weights }, context) => {
  if (weights !== undefined && weights.length !== classes) {
    const message = `a list of ${classes} numbers, one per class`;
    context.addIssue({ code: 'custom', path: ['class_weights'], message });
  }
});

const regressionSchema = object({
  task: f.task,
  loss: oneOf(['mse', 'ccc']),
  hidden: f.hidden,
  weight: f.weight,
  reversal: f.reversal.exactOptional(),
});

/** Far more than anybody learns at once, and few enough for a graph of passes. */
const MOST_HEADS = 100;
const MOST_LAYERS = 100;

/** By its loss: of a head that predicts a number, or a class. */
const headSchema = z.unknown().transform((json, context): HeadConfig => {
  const loss = isJsonObject(json) ? json['loss'] : undefined;
  const known = loss === undefined || (lossNames as readonly unknown[]).includes(loss);
  if (!known) {
    context.addIssue({ code: 'custom', path: ['loss'], message: wantOneOf(lossNames) });
    return z.NEVER;
  }
  const result = (isRegressionLoss(loss) ? regressionSchema : classificationSchema).safeParse(json);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.addIssue({ ...issue });
  return z.NEVER;
});

/**
 * The list of layers: at most four recurrent ones, the last layer one of them.
 *
 * @internal
 */
export const layersSchema = listOf(layerSchema).superRefine((layers, context) => {
  const recurrent = layers.filter(({ kind }) => kind === 'recurrent').length;
  const message =
    layers.at(-1)?.kind !== 'recurrent'
      ? 'a list whose last layer is recurrent'
      : recurrent > MOST_RECURRENT
        ? `a list with at most ${MOST_RECURRENT} recurrent layers`
        : layers.length > MOST_LAYERS
          ? `a list of at most ${MOST_LAYERS} layers`
          : undefined;
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const shared = {
  features: integer(1),
  pooling: f.pooling,
  functionals: functionalsSchema.exactOptional(),
  heads: listOf(headSchema).superRefine((heads, context) => {
    const repeated = firstRepeated(heads.map(({ task }) => task));
    if (heads.length === 0) {
      context.addIssue({ code: 'custom', message: 'at least one head' });
    } else if (heads.length > MOST_HEADS) {
      context.addIssue({ code: 'custom', message: `a list of at most ${MOST_HEADS} heads` });
    } else if (repeated !== -1) {
      const message = 'a task that no other head has';
      context.addIssue({ code: 'custom', path: [repeated, 'task'], message });
    }
  }),
  dropout: f.dropout,
} as const;

const twoLayerSchema: z.ZodType<ModelConfig> = object({
  features: shared.features,
  frontend: object({ units: f.frontendUnits }),
  recurrent: recurrentSchema,
  pooling: shared.pooling,
  functionals: shared.functionals,
  heads: shared.heads,
  dropout: shared.dropout,
});

const layeredSchema: z.ZodType<ModelConfig> = object({
  features: shared.features,
  layers: layersSchema,
  pooling: shared.pooling,
  functionals: shared.functionals,
  heads: shared.heads,
  dropout: shared.dropout,
});

/**
 * Checks a model configuration as stored in `config.json` and in fixtures, in either form.
 *
 * @example
 * const json: unknown = JSON.parse(await readText(files, 'model.json'));
 * const model = parseModelConfig(json, 'model.json');
 *
 * @param source name of the JSON, for errors: usually the path
 * @throws ConfigError with the first invalid field, its value and what is expected
 */
export function parseModelConfig(
  json: unknown,
  source: string,
  at: readonly string[] = [],
): ModelConfig {
  const layered = isJsonObject(json) && 'layers' in json;
  return checkSchema(layered ? layeredSchema : twoLayerSchema, json, source, at);
}

const fraction = real({ from: 0, under: 1 });
// Not 0: if a gradient is 0 from the start, as in the padding of rows, 0 / 0 would be NaN.
const eps = real({ over: 0 }).default(1e-8);
const adam = { beta1: fraction.default(0.9), beta2: fraction.default(0.999), eps };

const optimizers = {
  adam: object({ name: z.literal('adam'), ...adam }),
  adamw: object({
    name: z.literal('adamw'),
    ...adam,
    weight_decay: real({ from: 0 }).default(0.01),
  }),
  rmsprop: object({ name: z.literal('rmsprop'), alpha: fraction.default(0.99), eps }),
  sgd: object({ name: z.literal('sgd'), momentum: fraction.default(0) }),
} satisfies Record<OptimizerConfig['name'], z.ZodType>;

export { optimizerNames };

const named = z.looseObject(
  { name: z.enum(optimizerNames, wantOneOf(optimizerNames)) },
  'an object',
);

/**
 * Checks an optimiser: its `name`, and the settings that differ from PyTorch's defaults.
 *
 * @throws ConfigError as parseModelConfig
 */
export function parseOptimizerConfig(
  json: unknown,
  source: string,
  at: readonly string[] = [],
): OptimizerConfig {
  const { name } = checkSchema(named, json, source, at);
  const schema: z.ZodType<OptimizerConfig> = optimizers[name];
  return checkSchema(schema, json, source, at);
}

/** Layers besides an input layer and one recurrent layer. */
export interface LayerCounts {
  /** Subsampling before the input layer; by 1 (default): none. */
  readonly subsample?: Partial<SubsampleConfig> | undefined;
  /** Number of stacked recurrent layers; default 1. */
  readonly recurrentLayers?: number | undefined;
  /** Whether to use a list even for two layers: a model with another feature set is written as one. */
  readonly list?: boolean;
}

/** Input layer and recurrent layer as two fields, or a list if there are more layers. */
export function withLayers(
  { frontend, recurrent }: Pick<TwoLayerModelConfig, 'frontend' | 'recurrent'>,
  { subsample: { by = 1, how = 'mean' } = {}, recurrentLayers: count = 1, list }: LayerCounts,
):
  | Pick<TwoLayerModelConfig, 'frontend' | 'recurrent'>
  | { readonly layers: readonly LayerConfig[] } {
  if (!list && by === 1 && count === 1) return { frontend, recurrent };
  const layers: LayerConfig[] = [
    ...(by > 1 ? [{ kind: 'subsample', by, how } as const] : []),
    { kind: 'dense', ...frontend },
    ...Array.from({ length: count }, () => ({ kind: 'recurrent', ...recurrent }) as const),
  ];
  return { layers };
}
