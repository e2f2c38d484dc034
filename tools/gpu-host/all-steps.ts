/** All steps after `doctor`, in the order of their worth: a machine may be taken away at any moment. */
import type { Precision } from '../../src/plan/plan.js';
import { onCpu, onGpu, tiny, type Shape, type Sizes } from './sizes.js';
import {
  bench,
  everyCell,
  planFile,
  rulesPlan,
  timed,
  tune,
  verify,
  verifyFeatures,
  type Host,
  type Step,
} from './steps.js';

export function allSteps(host: Host): Step[] {
  const sizes = host.quick ? tiny : host.software ? onCpu : onGpu;
  const { headline, second, grid } = sizes;
  const { units } = headline;
  const each = (steps: (precision: Precision) => readonly Step[]) => host.precisions.flatMap(steps);
  const rules = (precision: Precision) => ({
    name: 'rules',
    file: planFile(host, units, precision, 'rules'),
  });
  const torch = pytorch(host);
  const robust = { ALSTM_DISABLE_ROBUSTNESS: '1' };
  return [
    ...each((precision) => [
      rulesPlan(host, headline, precision),
      verify(host, precision, rules(precision), 'few'),
      untuned(host, sizes, precision),
    ]),
    ...torch.first,
    ...each((precision) => [verify(host, precision, rules(precision), 'all')]),
    verifyFeatures(host, 'cpu'),
    verifyFeatures(host, 'gpu'),
    ...each((precision) => [
      ...tuned(host, sizes, headline, precision, 'all'),
      ...headlineSteps(host, sizes, precision),
    ]),
    ...each((precision) => [kernels(host, sizes, precision)]),
    ...each((precision) => cooperative(host, sizes, precision)),
    ...each((precision) => [
      {
        ...verify(host, precision, own(host, headline, precision, 'unchecked'), 'few'),
        environment: robust,
      },
      { ...atHeadline(host, sizes, 'unchecked', precision), environment: robust },
    ]),
    ...each((precision) => [scaling(host, sizes, precision)]),
    ...each((precision) => [inference(host, sizes, precision)]),
    ...pipeline(host),
    ...each((precision) => [
      ...(host.quick ? [] : tuned(host, sizes, second, precision, 'few')),
      secondShape(host, sizes, precision),
      utterances(host, sizes, precision),
    ]),
    ...torch.profiles,
    ...grid.units.flatMap((own) =>
      each((precision) => [
        ...(own === units || own === second.units
          ? []
          : tuned(host, sizes, { ...headline, units: own }, precision, 'few')),
        gridStep(host, sizes, own, precision, 'a-lstm,lstm'),
      ]),
    ),
    ...grid.units.flatMap((own) =>
      each((precision) => [gridStep(host, sizes, own, precision, 'mean-lstm')]),
    ),
    ...torch.compiled,
  ];
}

/** The tuned plan of a number of units. */
function own(host: Host, { units }: Shape, precision: Precision, name = `tuned-${units}`) {
  return { name, file: planFile(host, units, precision) };
}

function tuned(
  host: Host,
  sizes: Sizes,
  shape: Shape,
  precision: Precision,
  which: 'all' | 'few',
): Step[] {
  return [
    tune(host, sizes, shape, precision),
    verify(host, precision, own(host, shape, precision), which),
  ];
}

function untuned(host: Host, sizes: Sizes, precision: Precision): Step {
  const { headline, long } = sizes;
  const options = timed(headline, everyCell, long / 2);
  return {
    ...bench('untuned', 'train-step', sizes, precision, options, 60),
    plan: planFile(host, headline.units, precision, 'rules'),
  };
}

function atHeadline(host: Host, sizes: Sizes, name: string, precision: Precision): Step {
  const { headline, middle } = sizes;
  return {
    ...bench(name, 'train-step', sizes, precision, timed(headline, 'lstm,a-lstm', 2 * middle), 40),
    plan: planFile(host, headline.units, precision),
    needsPlan: true,
  };
}

function headlineSteps(host: Host, sizes: Sizes, precision: Precision): Step[] {
  const { headline, long } = sizes;
  const plan = planFile(host, headline.units, precision);
  const periodOne = [...timed(headline, 'a-lstm', long / 2), '--period', '1'];
  const all = timed(headline, everyCell, long);
  return [
    { ...bench('train-step', 'train-step', sizes, precision, all, 60), plan },
    { ...bench('train-step-period-1', 'train-step', sizes, precision, periodOne, 30), plan },
  ];
}

function kernels(host: Host, sizes: Sizes, precision: Precision): Step {
  const { headline, middle } = sizes;
  const options = timed(headline, 'lstm,a-lstm', middle);
  const plan = planFile(host, headline.units, precision);
  return { ...bench('kernels', 'kernels', sizes, precision, options, 40), plan };
}

/** Workgroups that wait for each other: an adapter that runs them one after the other refuses or fails. */
function cooperative(host: Host, sizes: Sizes, precision: Precision): Step[] {
  const { headline } = sizes;
  const file = planFile(host, headline.units, precision, 'cooperative');
  if (host.software) return [];
  return [
    tune(host, sizes, headline, precision, true),
    verify(host, precision, { name: 'cooperative', file }, 'few'),
    { ...atHeadline(host, sizes, 'cooperative', precision), plan: file },
  ];
}

function scaling(host: Host, sizes: Sizes, precision: Precision): Step {
  const options = [...sizes.scaling, '--seconds', `${sizes.short}`];
  const plan = planFile(host, sizes.headline.units, precision);
  return { ...bench('scaling', 'scaling', sizes, precision, options, 60), plan };
}

function inference(host: Host, sizes: Sizes, precision: Precision): Step {
  const { headline, middle } = sizes;
  const options = timed(headline, 'lstm,a-lstm', middle);
  const plan = planFile(host, headline.units, precision);
  return { ...bench('inference', 'inference', sizes, precision, options, 30), plan };
}

function secondShape(host: Host, sizes: Sizes, precision: Precision): Step {
  const { second, middle } = sizes;
  const options = timed(second, everyCell, middle);
  const plan = planFile(host, second.units, precision);
  return { ...bench('second', 'train-step', sizes, precision, options, 30), plan };
}

/** Batches of utterances of three seconds. */
function utterances(host: Host, sizes: Sizes, precision: Precision): Step {
  const { units } = sizes.second;
  const cells = ['--units', `${units}`, '--cell', 'lstm,a-lstm', '--seconds', `${sizes.middle}`];
  const options = [...sizes.inference, ...cells];
  const plan = planFile(host, units, precision);
  return { ...bench('utterances', 'inference', sizes, precision, options, 45), plan };
}

function gridStep(
  host: Host,
  sizes: Sizes,
  units: number,
  precision: Precision,
  cells: string,
): Step {
  const { batch, frames } = sizes.grid;
  const shapes = ['--batch', batch, '--frames', frames, '--units', `${units}`, '--cell', cells];
  const options = [...shapes, '--seconds', `${sizes.short}`];
  const name = `grid-${units}-${cells.replace(',', '-')}`;
  const plan = planFile(host, units, precision);
  return { ...bench(name, 'train-step', sizes, precision, options, Infinity), plan };
}

/** From sound to features and to an answer, and each stage by itself; `sounds` is made before. */
function pipeline({ root, out, quick }: Host): Step[] {
  const sounds = `${out}/steps/sounds`;
  const seconds = quick ? '0.2' : '2';
  return [
    {
      name: 'features',
      program: 'alstm',
      args: () => ['features', sounds, '--out', `${out}/steps/features`, '--json'],
      most: 30,
    },
    { name: 'predict', program: 'alstm', args: () => ['predict', sounds, '--json'], most: 40 },
    {
      name: 'pipeline',
      program: 'alstm',
      args: () => [
        ...['bench', 'pipeline', sounds, `${root}/bench/sounds`],
        ...['--seconds', seconds, '--json'],
      ],
      most: 120,
    },
  ];
}

/** PyTorch's table in two parts, the compiled one last, and a profile of cuDNN's step. */
function pytorch({ root, out, quick, budget, torch }: Host) {
  if (torch === undefined) return { first: [], profiles: [], compiled: [] };
  const folder = `${root}/bench/peers/pytorch`;
  const device = ['--device', torch];
  const table = (part: 'first' | 'compiled', most: number): Step => ({
    name: `pytorch-${part}`,
    program: 'python',
    args: (seconds) => [
      `${folder}/all.py`,
      ...['--out', `${out}/steps/${part}`, '--part', part, '--seconds', '1.5', ...device],
      ...(quick ? ['--quick'] : []),
      ...['--budget-s', `${Math.max(1, seconds - 10)}`],
      ...['--fixtures', `${root}/test/fixtures/network`],
    ],
    most,
  });
  const small = ['--batch', '2', '--frames', '8', '--units', '8', '--seconds', '0.1'];
  const profile = (precision: string): Step => ({
    name: `pytorch-profile-${precision}`,
    program: 'python',
    args: () => [
      `${folder}/profile_cudnn.py`,
      ...['--precision', precision, ...device, ...(torch === 'cpu' ? small : [])],
    ],
    most: 30,
  });
  return {
    first: [table('first', Math.max(30, 0.17 * budget))],
    profiles: [profile('f32'), profile('amp')],
    compiled: quick ? [] : [table('compiled', 160)],
  };
}
