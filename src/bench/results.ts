import type { AdapterInfo } from '../gpu/device.js';
import { VERSION } from '../core/version.js';
import type { Ceilings } from './ceilings.js';
import type { Question } from './grid.js';
import type { InferenceTiming } from './inference.js';
import type { KernelsTiming } from './kernels.js';
import type { ScalingTiming } from './scaling.js';
import type { BenchShape } from './shape.js';
import type { Shares, TrainStepTiming } from './train-step.js';

export const BENCH_FORMAT = 'alstm-bench-1';

/** Where a result comes from. */
export interface Origin {
  readonly adapter: string;
  readonly kind: AdapterInfo['kind'];
  readonly driver: string;
  readonly robustness?: AdapterInfo['robustness'];
  /** Version of this package. */
  readonly version: string;
  readonly date: string;
}

export function originOf({ name, kind, driver, robustness }: AdapterInfo): Origin {
  return {
    adapter: name,
    kind,
    driver,
    ...(robustness && { robustness }),
    version: VERSION,
    date: new Date().toISOString(),
  };
}

export interface TimingOf {
  readonly 'train-step': TrainStepTiming & Shares & { readonly ceilings: Ceilings };
  readonly inference: InferenceTiming;
  readonly kernels: KernelsTiming;
  readonly scaling: ScalingTiming;
}

/** The measurements for one shape. */
export type BenchResult<Q extends Question = Question> = {
  [Name in Q]: Origin & { readonly bench: Name; readonly shape: BenchShape } & TimingOf[Name];
}[Q];

/** A shape that could not be timed on this adapter, and why. */
export type SkippedShape = Origin & {
  readonly bench: Question;
  readonly shape: BenchShape;
  readonly skipped: string;
};

/** A file of results, `<adapter>/<question>.json`. */
export type BenchFile = Origin & {
  readonly format: typeof BENCH_FORMAT;
  readonly bench: Question;
  readonly results: readonly BenchResult[];
  readonly skipped: readonly SkippedShape[];
};

type Named = Pick<AdapterInfo, 'kind' | 'name' | 'driver' | 'robustness'>;

/** The folder of an adapter's results; apart where shaders ran without the checks of their accesses. */
export function adapterSlug({ robustness, ...adapter }: Named): string {
  const name = nameOf(adapter);
  return slug(robustness ? `${name} robustness ${robustness}` : name);
}

/** A software adapter is named by its version. */
function nameOf({ kind, name, driver }: Named): string {
  const version = /(?:mesa|driver|version)[^\d]{0,3}(\d+(?:\.\d+)+)/i.exec(driver)?.[1];
  switch (kind) {
    case 'lavapipe':
      return version === undefined ? kind : `${kind}-mesa-${version}`;
    case 'swiftshader':
      return version === undefined ? kind : `${kind}-${version}`;
    case 'software':
    case 'gpu':
      return name;
  }
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '') || 'unknown'
  );
}
