import type { ModelConfig } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { BufferPool } from '../gpu/buffers.js';
import type { Engine } from '../gpu/engine.js';
import { Executable } from '../gpu/executable.js';
import { Executor } from '../gpu/executor.js';
import { readBuffers } from '../gpu/readback.js';
import { placeOf } from '../graph/memory.js';
import type { DispatchPass, Program, Tensor } from '../graph/types.js';
import { gradientProgram } from '../network/programs.js';
import { capacityScalars } from '../network/scalars.js';
import { axisNames } from '../network/time.js';
import { timeAxes } from '../network/layers/index.js';
import type { KernelPlan } from '../plan/plan.js';
import type { Way } from '../plan/workgroup-bytes.js';

/** A dispatch whose workgroups only check whether they run at once, and the buffer that is cleared before it. */
interface Probe {
  readonly pass: DispatchPass;
  readonly exchange: Tensor;
}

/**
 * Why a cooperative plan cannot be trusted on this device: workgroups that wait for each other have to run at once, which
 * WebGPU does not promise. Their own pipelines are dispatched once for a batch of that many utterances, and each
 * workgroup waits, for a bounded time, until all of its tile are there. Undefined if all were, or if none waits.
 *
 * @throws AdapterError; ShaderError; DeviceLostError
 */
export async function residencyProblem(
  engine: Engine,
  model: ModelConfig,
  plan: KernelPlan,
  utterances: number,
): Promise<string | undefined> {
  if (![plan.forward, plan.backward].some(({ variant }) => variant === 'cooperative')) return;
  const capacity = { frames: utterances, utterances, longest: 1 };
  const whole = gradientProgram(model, plan, capacity);
  const probes = probesOf(whole);
  if (probes.length === 0) return undefined;
  const { gpu, pipelines } = engine;
  const pool = new BufferPool(gpu);
  let executable: Executable | undefined;
  try {
    executable = await Executable.create(gpu, pipelines, pool, probingProgram(whole, probes));
    const rows = Uint32Array.from({ length: 2 * utterances }, (_, i) => (i % 2 === 0 ? i / 2 : 1));
    for (const axis of timeAxes(model).keys()) {
      executable.writeInput(axisNames(axis).sequences, rows);
    }
    executable.setScalars(capacityScalars(model, capacity));
    const executor = new Executor(gpu);
    for (const [i, probe] of probes.entries()) {
      executor.runPasses(executable, 2 * i, 2 * i + 2);
      const problem = await problemOf(executable, probe, utterances);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    executable?.destroy();
    pool.destroy();
  }
}

/**
 * Checks a given plan.
 *
 * @param source where it comes from, for the error
 * @throws ConfigError as residencyProblem says
 */
export async function checkResidency(
  engine: Engine,
  model: ModelConfig,
  plan: KernelPlan,
  utterances: number,
  source: string,
): Promise<void> {
  const problem = await residencyProblem(engine, model, plan, utterances);
  if (problem === undefined) return;
  throw new ConfigError(
    `${source}: ${problem}`,
    'Make a plan for this adapter with alstm tune, without --cooperative.',
  );
}

/** The first dispatch of each cooperative recurrence with several workgroups a tile. */
function probesOf({ passes }: Program): Probe[] {
  const found = new Map<Tensor, Probe>();
  for (const pass of passes) {
    if (pass.kind !== 'dispatch' || !pass.kernel.name.startsWith('recurrence_cooperative'))
      continue;
    const exchange = pass.bindings['exchange'];
    if (exchange === undefined || pass.uniforms['slices'] === 1 || found.has(exchange)) continue;
    const uniforms = { ...pass.uniforms, first_step: 0, step_count: 1, probing: 1 };
    found.set(exchange, { pass: { ...pass, uniforms }, exchange });
  }
  return [...found.values()];
}

function probingProgram(program: Program, probes: readonly Probe[]): Program {
  const passes = probes.flatMap(({ pass, exchange }) => [
    { kind: 'clear' as const, name: `clear ${exchange.name}`, tensor: exchange },
    pass,
  ]);
  return { ...program, name: 'probe', passes };
}

/** The words of probes stand at the end of `exchange`: [utterances, directions, 2], of which tiles use the first. */
async function problemOf(
  { gpu, program, buffers }: Executable,
  { pass, exchange }: Probe,
  utterances: number,
): Promise<string | undefined> {
  const place = placeOf(program, exchange);
  const buffer = buffers[place.buffer];
  if (buffer === undefined) return undefined;
  const { directions, slices } = pass.uniforms as { directions: number; slices: number };
  const bytes = 8 * utterances * directions;
  const [data] = await readBuffers(gpu, [
    { buffer, offset: place.offset + place.bytes - bytes, bytes },
  ]);
  const words = new Uint32Array(data ?? []);
  const tiles = Math.ceil(utterances / Number(pass.defines['ROWS']));
  const way: Way = pass.part === 'backward' ? 'backward' : 'forward';
  let late = 0;
  for (let i = 0; i < tiles * directions; i++) {
    if (words[2 * i] !== slices || words[2 * i + 1] !== 0) late++;
  }
  if (late === 0) return undefined;
  return (
    `${way} needs ${slices} workgroups at once, but in ${late} of ${tiles * directions} groups ` +
    `this adapter did not run them at once`
  );
}
