import { combinesStates } from '../core/cells.js';
import type { ModelConfig } from '../core/config.js';
import { outputsOf } from '../core/heads.js';
import { layersOf, type NamedLayer } from '../core/layers.js';
import { AlstmError, FormatError, messageOf, WriteError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { isJsonObject } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { VERSION } from '../core/version.js';
import { readJson } from '../core/json-file.js';
import type { AdapterInfo } from '../gpu/device.js';
import type { BatchCapacity } from '../network/time.js';
import type { KernelPlan, Precision } from '../plan/plan.js';
import { parsePlan } from '../plan/schema.js';
import type { CandidateTiming } from './search.js';

const FORMAT = 'alstm-plan-cache-1';

/** Everything that a choice depends on. */
export interface PlanKey {
  readonly version: string;
  readonly adapter: string;
  readonly driver: string;
  readonly precision: Precision;
  readonly cooperative: boolean;
  /** The network's sizes: parameter values and loss weights do not matter. */
  readonly model: unknown;
  /** Each rounded up to a power of two. */
  readonly capacity: BatchCapacity;
}

export function planKey(
  { name, driver }: Pick<AdapterInfo, 'name' | 'driver'>,
  model: ModelConfig,
  capacity: BatchCapacity,
  precision: Precision,
  cooperative: boolean,
): PlanKey {
  const { features, pooling, functionals, heads, dropout } = model;
  const { frames, utterances, longest } = capacity;
  const roundUp = (size: number) => 2 ** Math.ceil(Math.log2(Math.max(1, size)));
  return {
    version: VERSION,
    adapter: name,
    driver,
    precision,
    cooperative,
    model: {
      features,
      layers: layersOf(model).map(sizesOf),
      pooling,
      ...(functionals && { functionals }),
      heads: heads.map((head) => [outputsOf(head), head.hidden]),
      dropout: dropout > 0,
    },
    capacity: {
      frames: roundUp(frames),
      utterances: roundUp(utterances),
      longest: roundUp(longest),
    },
  };
}

function sizesOf(layer: NamedLayer): unknown {
  switch (layer.kind) {
    case 'subsample':
      return [layer.kind, layer.by, layer.how];
    case 'dense':
      return [layer.kind, layer.units];
    case 'recurrent': {
      const { kind, cell, units, bidirectional, offsets, period } = layer;
      return [kind, cell, units, bidirectional, ...(combinesStates(cell) ? [offsets, period] : [])];
    }
  }
}

/** Choices on disk, one file each, `plans/KEY.json` below the cache folder. */
export class PlanCache {
  /** @param warn called with one line that says what is wrong with a file */
  constructor(
    private readonly files: Files,
    private readonly folder: string,
    private readonly warn?: (line: string) => void,
  ) {}

  /** `<adapter>-<units>-…json`: a readable name. */
  async pathOf(key: PlanKey): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify(key));
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const digits = [...hash.slice(0, 12)].map((byte) => byte.toString(16).padStart(2, '0'));
    const adapter = key.adapter.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    return joinPath(this.folder, `plans/${adapter.slice(0, 40)}-${digits.join('')}.json`);
  }

  /** The choice; undefined if there is none or its file is damaged. */
  async get(key: PlanKey): Promise<KernelPlan | undefined> {
    const path = await this.pathOf(key);
    try {
      if (!(await this.files.exists(path))) return undefined;
      const json = await readJson(this.files, path);
      const own = isJsonObject(json) ? json : {};
      const plan = parsePlan(own['plan'], path, ['plan']);
      const fits =
        own['format'] === FORMAT &&
        JSON.stringify(own['key']) === JSON.stringify(key) &&
        plan.precision === key.precision;
      if (fits) return plan;
      throw new FormatError(`${path}: its contents do not match its name`);
    } catch (error) {
      if (!(error instanceof AlstmError)) throw error;
      this.warn?.(`${messageOf(error)}; the plan is tuned again`);
      return undefined;
    }
  }

  /** Stores a choice, or calls `warn` if it cannot be written. Returns its path. */
  async put(
    key: PlanKey,
    plan: KernelPlan,
    timings: readonly CandidateTiming[],
  ): Promise<string | undefined> {
    const path = await this.pathOf(key);
    try {
      const json = JSON.stringify({ format: FORMAT, key, plan, timings }, undefined, 1);
      await this.files.write(path, `${json}\n`);
      return path;
    } catch (error) {
      if (!(error instanceof WriteError)) throw error;
      this.warn?.(`${messageOf(error)}; the plan is not stored`);
      return undefined;
    }
  }
}
