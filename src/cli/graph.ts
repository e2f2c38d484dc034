import { type Command, InvalidArgumentError } from 'commander';
import type { ModelConfig } from '../core/config.js';
import { formatBytes, printProgram, programToJson } from '../graph/print.js';
import type { Program } from '../graph/types.js';
import { parameterCount } from '../network/parameters.js';
import { type AdapterTraits, choosePlan, type KernelPlan } from '../network/plan.js';
import {
  clearProgram,
  gradientProgram,
  inferenceProgram,
  updateProgram,
} from '../network/programs.js';
import { resolveModel, resolveTraining, type TrainingConfig } from '../training/config.js';
import type { Cli } from './cli.js';
import type { Run } from './run.js';
import {
  addModelOptions,
  addTrainingOptions,
  type ModelFlags,
  readSettings,
  type TrainingFlags,
  withHeads,
} from './settings-options.js';
import { examples } from './text.js';
import { integerFrom, names } from './values.js';

interface GraphFlags extends ModelFlags, TrainingFlags {
  readonly frames: number;
  readonly classes: Readonly<Record<string, number>>;
}

/** Without --adapter no device is opened: WebGPU's default limits, which every adapter has. */
const anyAdapter: AdapterTraits = {
  software: false,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
};

export function addGraph(program: Command, run: Run): void {
  const command = program
    .command('graph')
    .summary('print the compiled command graph and its memory')
    .description(
      'Prints the programs of inference and training for a batch: passes, tensors, buffers, and the ' +
        'bytes with and without reuse. Allocates nothing; opens a device only where --adapter is ' +
        'given, to plan for it.',
    );
  addTrainingOptions(addModelOptions(command))
    .option('--frames <n>', 'frames of each utterance', integerFrom(1), 200)
    .option('--classes <list>', 'classes of each task', classes, {
      emotion: 4,
      speaker: 8,
      gender: 2,
    })
    .addHelpText('after', examples('alstm graph --preset tao-liu-2018 --batch 32 --frames 300'))
    .action((flags: GraphFlags, self: Command) => run(self, (cli) => graph(cli, flags)));
}

async function graph(cli: Cli, flags: GraphFlags): Promise<void> {
  const source = flags.config ?? 'options';
  const labels = Object.fromEntries(
    Object.entries(flags.classes).map(([task, count]) => [task, Array<string>(count).fill('')]),
  );
  const settings = withHeads(await readSettings(cli, flags), Object.keys(labels), flags);
  const model = resolveModel(settings, labels, source);
  const training = resolveTraining(settings, source);
  const plan = choosePlan(model, cli.adapter === undefined ? anyAdapter : await traitsOf(cli));
  const programs = programsOf(model, training, plan, flags.frames);
  const sums = {
    parameters: parameterCount(model),
    inference: bytesOf([programs.inference]),
    training: bytesOf([programs.clear, programs.gradients, programs.update]),
  };
  cli.result({ plan, ...sums, programs: Object.values(programs).map(programToJson) }, () =>
    [
      ...Object.values(programs).map((program) => `${printProgram(program)}\n`),
      `plan ${JSON.stringify(plan)}`,
      `parameters ${sums.parameters}`,
      `inference  ${sizeText(sums.inference)}`,
      `training   ${sizeText(sums.training)} (clear, gradients and update together)`,
    ].join('\n'),
  );
}

async function traitsOf(cli: Cli): Promise<AdapterTraits> {
  const { adapter, limits } = (await cli.engine()).gpu;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = limits;
  return {
    software: adapter.software,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
  };
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
 * Bytes of programs that run in turns: what has a name they share; what is transient is lent to one at
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

/** `emotion=4,speaker=8`. */
function classes(text: string): Record<string, number> {
  const entries = names(text).map((entry) => {
    const [task = '', count = '', ...rest] = entry.split('=');
    if (task === '' || rest.length > 0) {
      throw new InvalidArgumentError('Give tasks and their classes, such as emotion=4,speaker=8.');
    }
    return [task, integerFrom(1)(count)] as const;
  });
  return Object.fromEntries(entries);
}
