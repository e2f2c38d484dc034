/** The first two minutes: does the card work at all, how fast without tuning, and is there a PyTorch beside it? */
import { onCpu, onGpu, tiny } from './sizes.js';
import { bench, planFile, rulesPlan, timed, verify, type Host, type Step } from './steps.js';

export const card: Step = { name: 'nvidia-smi', program: 'nvidia-smi', args: () => [], most: 15 };

export function firstSteps(host: Host): Step[] {
  const sizes = host.quick ? tiny : host.software ? onCpu : onGpu;
  const { headline, middle } = sizes;
  const step = (precision: Host['precisions'][number], cells: string): Step => ({
    ...bench('untuned', 'train-step', sizes, precision, timed(headline, cells, 2 * middle), 40),
    plan: planFile(host, headline.units, precision, 'rules'),
  });
  const half = host.precisions.filter((own) => own === 'f16');
  const check = (precision: Host['precisions'][number]): Step[] => [
    rulesPlan(host, headline, precision),
    verify(
      host,
      precision,
      { name: 'rules', file: planFile(host, headline.units, precision, 'rules') },
      'few',
    ),
  ];
  return [
    ...check('f32'),
    step('f32', 'lstm,a-lstm'),
    ...torchSteps(host),
    ...half.flatMap((precision) => [...check(precision), step(precision, 'lstm,a-lstm')]),
  ];
}

/** What torch there is, and cuDNN's step; that it is missing is a result too. */
function torchSteps({ root, torch }: Host): Step[] {
  const about = [
    'import json, torch',
    'cuda = torch.cuda.is_available()',
    'name = torch.cuda.get_device_name(0) if cuda else None',
    'about = {"torch": torch.__version__, "cuda": torch.version.cuda, "available": cuda, "name": name}',
    'print(json.dumps({**about, "cudnn": torch.backends.cudnn.version()}))',
  ];
  const asked: Step = {
    name: 'torch-import',
    program: 'python',
    args: () => ['-c', about.join('; ')],
    most: 40,
  };
  const small = ['--batch', '2', '--frames', '8', '--units', '8', '--seconds', '0.1'];
  const cudnn: Step = {
    name: 'cudnn-f32',
    program: 'python',
    args: () => [
      `${root}/bench/peers/pytorch/train_step.py`,
      ...(torch === 'cpu' ? ['--device', 'cpu', ...small] : ['--seconds', '1']),
    ],
    most: 40,
  };
  return torch === undefined ? [asked] : [asked, cudnn];
}
