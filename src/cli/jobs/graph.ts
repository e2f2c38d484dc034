import type { ModelConfig } from '../../core/config.js';
import { formatBytes, printProgram, programToJson } from '../../graph/print.js';
import type { Program } from '../../graph/types.js';
import { parameterCount } from '../../network/parameters.js';
import { choosePlan, type KernelPlan } from '../../plan/plan.js';
import { checkPlan, type PlanTraits } from '../../plan/check.js';
import {
  clearProgram,
  gradientProgram,
  inferenceProgram,
  updateProgram,
} from '../../network/programs.js';
import { withHeads } from '../../runs/head-settings.js';
import {
  headTasks,
  resolveModel,
  resolveTraining,
  type TrainingConfig,
} from '../../runs/settings.js';
import { planTraits } from '../../session/plan-traits.js';
import type { Cli } from '../cli.js';
import { readPlan } from '../given/plan.js';
import type { ModelFlags, TrainingFlags } from '../options/settings.js';
import { readSettings } from '../given/settings.js';

export interface GraphFlags extends ModelFlags, TrainingFlags {
  readonly frames: number;
  readonly plan?: string;
  readonly classes: Readonly<Record<string, number>>;
}

/** Without --adapter no device is opened: WebGPU's default limits, which every adapter supports. */
const anyAdapter: PlanTraits = {
  software: false,
  f16: true,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
};

export async function graph(cli: Cli, flags: GraphFlags): Promise<void> {
  const source = flags.config ?? 'options';
  const labels = Object.fromEntries(
    Object.entries(flags.classes).map(([task, count]) => [task, Array<string>(count).fill('')]),
  );
  const own = { hidden: flags.headHidden };
  const read = await readSettings(cli, flags);
  const settings = withHeads(read, headTasks(read, Object.keys(labels)), own);
  const model = resolveModel(settings, labels, source);
  const training = resolveTraining(settings, source);
  const given = await readPlan(cli, flags);
  const traits = cli.adapter === undefined ? anyAdapter : planTraits((await cli.engine()).gpu);
  // without an adapter, the default limits do not rule out a plan made for a larger device
  if (given !== undefined && cli.adapter !== undefined) {
    checkPlan(given, model, traits, flags.plan ?? 'kernel plan');
  }
  const plan = given ?? choosePlan(model, traits);
  const programs = programsOf(model, training, plan, flags.frames);
  const sums = {
    parameters: parameterCount(model),
    inference: bytesOf([programs.inference]),
    training: bytesOf([programs.clear, programs.gradients, programs.update]),
  };
  cli.result({ plan, ...sums, programs: Object.values(programs).map(programToJson) }, () => [
    ...Object.values(programs).flatMap((program) => [...printProgram(program).split('\n'), '']),
    `plan ${JSON.stringify(plan)}`,
    `parameters ${sums.parameters}`,
    `inference  ${sizeText(sums.inference)}`,
    `training   ${sizeText(sums.training)} (clear, gradients and update together)`,
  ]);
}

function programsOf(
  model: ModelConfig,
  { batch, optimizer, clipNorm }: TrainingConfig,
  plan: KernelPlan,
  frames: number,
): Record<'inference' | 'clear' | 'gradients' | 'update', Program> {
  const capacity = { frames: batch * frames, utterances: batch, longest: frames };
  return {
    inference: inferenceProgram(model, plan, capacity),
    clear: clearProgram(model, plan),
    gradients: gradientProgram(model, plan, capacity),
    update: updateProgram(model, plan, optimizer, clipNorm),
  };
}

interface Bytes {
  readonly bytes: number;
  readonly bytesWithoutReuse: number;
}

/**
 * Bytes of programs that run in turns: named buffers are shared; transient ones are lent to one program at
 * a time, largest to largest.
 */
function bytesOf(programs: readonly Program[]): Bytes {
  const named = new Map<string, number>();
  const lent: number[] = [];
  let transientWithoutReuse = 0;
  for (const { buffers, bytesWithoutReuse } of programs) {
    const sizes: number[] = [];
    let fixed = 0;
    for (const { name, kind, bytes } of buffers) {
      if (kind === 'transient') sizes.push(bytes);
      else {
        named.set(name, Math.max(bytes, named.get(name) ?? 0));
        fixed += bytes;
      }
    }
    sizes.sort((a, b) => b - a).forEach((size, i) => (lent[i] = Math.max(size, lent[i] ?? 0)));
    transientWithoutReuse += bytesWithoutReuse - fixed;
  }
  const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
  const fixed = sum(named.values());
  return { bytes: fixed + sum(lent), bytesWithoutReuse: fixed + transientWithoutReuse };
}

function sizeText({ bytes, bytesWithoutReuse }: Bytes): string {
  return (
    `${formatBytes(bytes)} (${bytes} bytes) with reuse, ` +
    `${formatBytes(bytesWithoutReuse)} (${bytesWithoutReuse} bytes) without`
  );
}
