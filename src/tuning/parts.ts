import { stableJson } from '../core/json.js';
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

/** A part of a network whose kernels are tuned. */
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

/** The choice of a plan for one part, as data. */
export type PartValue = MatmulPlan | RecurrencePlan | number;

export function partValue(part: Part, plan: KernelPlan): PartValue {
  switch (part) {
    case 'dense':
    case 'inputGradient':
    case 'weightGradient':
    case 'heads':
      return plan.matmul[part];
    case 'forward':
    case 'backward':
    case 'gradientGroups':
    case 'stepsPerDispatch':
      return plan[part];
  }
}

/** Identifies the choice of a plan for one part: equal for equal choices only. */
export function partKey(part: Part, plan: KernelPlan): string {
  return stableJson(partValue(part, plan));
}

/** The choice of a plan for one part, in a few words; different for different candidates. */
export function partText(part: Part, plan: KernelPlan): string {
  const value = partValue(part, plan);
  if (typeof value === 'number') return String(value);
  return 'rowLanes' in value ? matmulText(value) : recurrenceText(value);
}

function matmulText(plan: MatmulPlan): string {
  const { variant, rowLanes, columnLanes, depth, micro, matrix, ...rest } = plan;
  if (variant === 'tiled') {
    const [m, n] = [(micro ?? 8) * rowLanes, (micro ?? 8) * columnLanes];
    return `tiled ${m}x${n}/${depth ?? 16}${micro === 4 ? ' micro 4' : ''}${restText(rest)}`;
  }
  const lanes = `${variant} ${rowLanes}x${columnLanes}${depth === undefined ? '' : `/${depth}`}`;
  return `${lanes}${matrix ? ` of ${matrix.m}x${matrix.n}x${matrix.k}` : ''}${restText(rest)}`;
}

function recurrenceText(plan: RecurrencePlan): string {
  if (plan.variant === 'persistent') {
    const { variant, rows, lanes, block, unroll, ...rest } = plan;
    const blocks = block === 1 ? '' : `, block ${block}`;
    return `${variant} rows ${rows}, lanes ${lanes}${blocks}${unroll ? ', unrolled' : ''}${restText(rest)}`;
  }
  const { variant, rows, units, lanes, ...rest } = plan;
  return `${variant} rows ${rows}, units ${units}, lanes ${lanes}${restText(rest)}`;
}

/** Fields without words of their own. */
function restText(rest: object): string {
  return Object.entries(rest)
    .map(([name, value]) => `, ${name} ${stableJson(value).replaceAll('"', '')}`)
    .join('');
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
