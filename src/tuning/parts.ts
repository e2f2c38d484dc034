import type { Pass, Program } from '../graph/types.js';
import type { KernelPlan, MatmulPlan, RecurrencePlan } from '../plan/plan.js';

/** What of a plan is chosen by itself, in the order in which it is. */
export const parts = [
  'dense',
  'inputGradient',
  'weightGradient',
  'gradientGroups',
  'heads',
  'forward',
  'backward',
  'stepsPerDispatch',
] as const;

export type Part = (typeof parts)[number];

/** Passes that share one choice. */
type Group = 'dense' | 'inputGradient' | 'weightGradient' | 'heads' | 'forward' | 'backward';

const groupsOf: Readonly<Record<Part, readonly Group[]>> = {
  dense: ['dense'],
  inputGradient: ['inputGradient'],
  weightGradient: ['weightGradient'],
  gradientGroups: ['weightGradient'],
  heads: ['heads'],
  forward: ['forward'],
  backward: ['backward'],
  stepsPerDispatch: ['forward', 'backward'],
};

const gradientSums = ['reduce_partials', 'column_sums'];
/** What a recurrence keeps beside its inputs and outputs, set to zero before it. */
const forwardTensors = ['exchange'];
const backwardTensors = ['carry', 'pending', 'd_exchange'];

/** The choice that a pass of the gradients' program falls under; most small ones fall under none. */
function groupOf(pass: Pass): Group | undefined {
  if (pass.kind === 'clear') {
    if (forwardTensors.includes(pass.tensor.name)) return 'forward';
    return backwardTensors.includes(pass.tensor.name) ? 'backward' : undefined;
  }
  const { name } = pass.kernel;
  if (name.startsWith('matmul_tn') || gradientSums.includes(name)) return 'weightGradient';
  if (name === 'transpose') return pass.name.includes(' heads.') ? 'heads' : 'dense';
  if (name.startsWith('matmul_')) {
    if (pass.uniforms['m'] === 'utterances') return 'heads';
    return pass.name.startsWith('d ') ? 'inputGradient' : 'dense';
  }
  if (name === 'transpose_recurrent') return 'backward';
  if (!name.startsWith('recurrence_')) return undefined;
  return name.endsWith('_backward') ? 'backward' : 'forward';
}

/** Passes of the gradients' program whose time depends on a part of the plan, in their order. */
export function passesOf(part: Part, program: Program): number[] {
  return program.passes.flatMap((pass, index) => {
    const group = groupOf(pass);
    return group !== undefined && groupsOf[part].includes(group) ? [index] : [];
  });
}

function matmulText({ variant, rowLanes, columnLanes, depth = 16, micro = 8 }: MatmulPlan) {
  if (variant !== 'tiled') return `${variant} ${rowLanes}x${columnLanes}`;
  return `tiled ${micro * rowLanes}x${micro * columnLanes}/${depth}${micro === 4 ? ' micro 4' : ''}`;
}

function recurrenceText(plan: RecurrencePlan): string {
  const { variant, rows, lanes } = plan;
  if (variant !== 'persistent')
    return `${variant} rows ${rows}, units ${plan.units}, lanes ${lanes}`;
  const block = plan.block === 1 ? '' : `, block ${plan.block}`;
  return `sweep rows ${rows}, lanes ${lanes}${block}${plan.unroll ? ', unrolled' : ''}`;
}

/** What a plan says of one part, in few words. */
export function partText(part: Part, plan: KernelPlan): string {
  switch (part) {
    case 'dense':
    case 'inputGradient':
    case 'weightGradient':
    case 'heads':
      return matmulText(plan.matmul[part]);
    case 'forward':
    case 'backward':
      return recurrenceText(plan[part]);
    case 'gradientGroups':
    case 'stepsPerDispatch':
      return String(plan[part]);
  }
}

/** A plan in one line. */
export function planText(plan: KernelPlan): string {
  const names: Readonly<Record<Part, string>> = {
    dense: 'dense',
    inputGradient: 'd input',
    weightGradient: 'd weight',
    gradientGroups: 'groups',
    heads: 'heads',
    forward: 'forward',
    backward: 'backward',
    stepsPerDispatch: 'steps a dispatch',
  };
  return [plan.precision, ...parts.map((part) => `${names[part]} ${partText(part, plan)}`)].join(
    '; ',
  );
}
