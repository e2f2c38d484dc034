import type { Program } from '../graph/types.js';
import type { KernelPlan, MatmulPlan, PassPart, RecurrencePlan } from '../plan/plan.js';

/** The parts of a plan that are chosen separately, in the order of the search. */
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

/** The pass parts whose time depends on each part of the plan. */
const passPartsOf: Readonly<Record<Part, readonly PassPart[]>> = {
  dense: ['dense'],
  inputGradient: ['inputGradient'],
  weightGradient: ['weightGradient'],
  gradientGroups: ['weightGradient'],
  heads: ['heads'],
  forward: ['forward'],
  backward: ['backward'],
  stepsPerDispatch: ['forward', 'backward'],
};

/** Passes of the gradients' program whose time depends on a part of the plan, in order. */
export function passesOf(part: Part, program: Program): number[] {
  const own: readonly (string | undefined)[] = passPartsOf[part];
  return program.passes.flatMap((pass, index) =>
    pass.part !== undefined && own.includes(pass.part) ? [index] : [],
  );
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
  const shared = (plan.parts ?? 1) === 1 ? '' : `, parts ${plan.parts}`;
  return `persistent rows ${rows}, lanes ${lanes}${block}${shared}${plan.unroll ? ', unrolled' : ''}`;
}

/** The choice of a plan for one part, in a few words. */
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
    stepsPerDispatch: 'steps per dispatch',
  };
  return [plan.precision, ...parts.map((part) => `${names[part]} ${partText(part, plan)}`)].join(
    '; ',
  );
}
