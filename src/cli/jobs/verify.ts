import { AlstmError, ConfigError, DeviceLostError } from '../../core/errors.js';
import { readSafetensors, type SafetensorsFile } from '../../core/safetensors.js';
import {
  type Comparison,
  fixtureModel,
  isNetworkFixture,
  verifyNetworkFixture,
} from '../../session/verify.js';
import type { FeaturesOn } from '../../inference/predictor.js';
import { verifyExtraction } from '../../session/verify-extraction.js';
import { verifyFeatureFixture } from '../../features/verify.js';
import type { PlanTraits } from '../../plan/check.js';
import { fitPlan } from '../../plan/fit.js';
import type { KernelPlan, Precision } from '../../plan/plan.js';
import { planTraits } from '../../session/plan-traits.js';
import { partKey, parts, partText, type Part } from '../../tuning/parts.js';
import type { Cli } from '../cli.js';
import { readPlan } from '../given/plan.js';
import { oneLine } from '../../core/lines.js';

/** What `verify --json` prints for a fixture. */
type Verdict =
  | {
      readonly path: string;
      readonly ok: boolean;
      readonly worst: Comparison;
      /** With --plan, of a network fixture: what was changed so that its model fits. */
      readonly plan?: PlanUse;
    }
  | { readonly path: string; readonly ok: false; readonly error: string };

interface PlanUse {
  readonly file: string;
  readonly changed: readonly {
    readonly part: Part;
    readonly from: string;
    readonly to: string;
  }[];
}

/** How network fixtures are run. */
interface Settings {
  readonly precision: Precision;
  readonly plan?: { readonly file: string; readonly given: KernelPlan } | undefined;
  /** Where feature fixtures are computed. */
  readonly featuresOn: FeaturesOn;
}

export interface VerifyFlags {
  readonly precision?: Precision;
  readonly plan?: string;
  readonly featuresOn?: FeaturesOn;
}

export async function verify(
  cli: Cli,
  fixtures: readonly string[],
  flags: VerifyFlags,
): Promise<void> {
  const { plan: file, precision, featuresOn = 'cpu' } = flags;
  const given = await readPlan(cli, flags, precision);
  const settings: Settings = {
    precision: given?.precision ?? precision ?? 'f32',
    plan: file !== undefined && given ? { file, given } : undefined,
    featuresOn,
  };
  for (const path of fixtures) {
    const verdict = await judge(cli, path, settings);
    if (!verdict.ok) cli.exitCode = 1;
    cli.result(verdict, () => [textOf(verdict)]);
  }
}

/** A fixture that cannot be used gives a verdict; a missing or lost adapter ends the command. */
async function judge(cli: Cli, path: string, settings: Settings): Promise<Verdict> {
  try {
    const bytes = await cli.files.read(path);
    const file = readSafetensors(bytes, { source: path });
    const { found, plan } = isNetworkFixture(file)
      ? await compareNetwork(cli, file, path, settings)
      : { found: [await compareFeatures(cli, bytes, path, settings)], plan: undefined };
    const worst = worstOf(found);
    return { path, ok: worst.error <= worst.tolerance, worst, ...(plan && { plan }) };
  } catch (error) {
    if (!(error instanceof AlstmError) || error === cli.engineFailure) throw error;
    if (error instanceof DeviceLostError) throw error;
    cli.complain(error);
    return { path, ok: false, error: oneLine(error.message) };
  }
}

/** Unlike in a network fixture, where NaN is a number that is not known, all have to be finite. */
async function compareFeatures(
  cli: Cli,
  bytes: Uint8Array,
  source: string,
  { featuresOn }: Settings,
): Promise<Comparison> {
  const file = readSafetensors(bytes, { source, requireFinite: true });
  if (featuresOn === 'cpu') return verifyFeatureFixture(file, source);
  return verifyExtraction(await cli.engine(), file, source);
}

async function compareNetwork(
  cli: Cli,
  file: SafetensorsFile,
  path: string,
  { precision, plan: own }: Settings,
): Promise<{ readonly found: readonly Comparison[]; readonly plan?: PlanUse }> {
  const engine = await cli.engine();
  if (own === undefined) {
    return { found: await verifyNetworkFixture(engine, file, path, { precision }) };
  }
  const plan = fitted(own.given, file, path, planTraits(engine.gpu));
  const changed = parts
    .filter((part) => partKey(part, plan) !== partKey(part, own.given))
    .map((part) => ({ part, from: partText(part, own.given), to: partText(part, plan) }));
  const found = await verifyNetworkFixture(engine, file, path, { plan });
  return { found, plan: { file: own.file, changed } };
}

/** The plan for a fixture's model. Throws ConfigError if the adapter cannot run it. */
function fitted(
  plan: KernelPlan,
  file: SafetensorsFile,
  path: string,
  traits: PlanTraits,
): KernelPlan {
  try {
    return fitPlan(plan, fixtureModel(file, path), traits);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${path}: ${error.message}`, error.hint, { cause: error });
  }
}

/** The worst relative to its tolerance. JSON has no infinity: the largest number replaces it. */
function worstOf(comparisons: readonly Comparison[]): Comparison {
  const [first, ...rest] = comparisons;
  if (first === undefined) throw new Error('a fixture compared nothing');
  const severity = ({ error, tolerance }: Comparison): number =>
    Number.isNaN(error) ? Infinity : error / tolerance;
  const worst = rest.reduce((a, b) => (severity(b) > severity(a) ? b : a), first);
  return Number.isFinite(worst.error) ? worst : { ...worst, error: Number.MAX_VALUE };
}

function textOf(verdict: Verdict): string {
  if ('error' in verdict) return `FAIL  ${verdict.path}`;
  const { path, ok, worst, plan } = verdict;
  const { tensor, error, tolerance } = worst;
  const found = `${error.toExponential(1)} of at most ${tolerance.toExponential(0)}`;
  const changes =
    plan?.changed.map(({ part, from, to }) => `  (${part}: ${to}, not ${from})`) ?? [];
  return `${ok ? 'ok  ' : 'FAIL'}  ${path}  ${tensor}: ${found}${changes.join('')}`;
}
