import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/gpu/doctor.js';
import { allSteps } from '../../tools/gpu-host/all-steps.js';
import { collect } from '../../tools/gpu-host/collect.js';
import { fallbacks } from '../../tools/gpu-host/drivers.js';
import { firstSteps } from '../../tools/gpu-host/first-steps.js';
import type { Host, Step } from '../../tools/gpu-host/steps.js';
import { temporaryFolder } from '../support/process.js';

const network = ['lstm', 'alstm_period5', 'alstm_256_one_way', 'agru_period5', 'sgd_momentum'];
const host: Host = {
  ...{ root: '/a', out: '/a/results', kept: '/a/results/card', budget: 540, quick: false },
  fixtures: [
    ...network.map((name) => `/a/test/fixtures/network/${name}.safetensors`),
    '/a/test/fixtures/features/one_frame.safetensors',
  ],
  software: false,
  precisions: ['f32', 'f16'],
  torch: 'cuda',
};

/** What a step writes: the plan of the rules, or the file after `--out`. */
function written(step: Step): string | undefined {
  const args = step.args(10);
  return (
    step.writesPlan?.path ?? (args[0] === 'tune' ? args[args.indexOf('--out') + 1] : undefined)
  );
}

describe.each([
  ['first.sh', firstSteps(host)],
  ['run.sh', allSteps(host)],
  ['a quick run.sh', allSteps({ ...host, quick: true, software: true, torch: 'cpu' })],
])('%s', (_, steps) => {
  test('verifies every plan before it is timed', () => {
    const [there, verified] = [new Set<string>(), new Set<string>()];
    const timed = new Set<string>();
    for (const step of steps) {
      const made = written(step);
      if (made !== undefined) there.add(made);
      const [command] = step.args(10);
      if (command === 'verify' && step.plan !== undefined) {
        expect(there).toContain(step.plan);
        verified.add(step.plan);
      }
      if (command !== 'bench' || step.plan === undefined || !there.has(step.plan)) continue;
      expect(verified, step.name).toContain(step.plan);
      timed.add(step.plan);
    }
    expect(timed.size).toBeGreaterThan(1);
  });

  test('names no step twice, and needs only plans that an earlier step makes', () => {
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    steps.forEach((step, i) => {
      if (!step.needsPlan) return;
      expect(steps.slice(0, i).map(written), step.name).toContain(step.plan);
    });
  });
});

test('run.sh begins with the headline and ends with what torch compiles', () => {
  const names = allSteps(host).map(({ name }) => name);
  const at = (name: string) => names.indexOf(name);
  const order = [
    ...['untuned-f32', 'untuned-f16', 'pytorch-first', 'verify-rules-f32', 'tune-256-f32'],
    ...[
      'verify-tuned-256-f32',
      'train-step-f32',
      'kernels-f32',
      'cooperative-f32',
      'unchecked-f32',
    ],
    ...['scaling-f32', 'inference-f32', 'features', 'pipeline', 'grid-256-a-lstm-lstm-f32'],
  ];
  expect(order.filter((name) => at(name) < 0)).toEqual([]);
  expect(order.map((name) => names.lastIndexOf(name))).toEqual(
    order.map((name) => names.lastIndexOf(name)).sort((a, b) => a - b),
  );
  expect(names.at(-1)).toBe('pytorch-compiled');
});

test('drivers are tried as containers hide them', async () => {
  const folder = await temporaryFolder();
  const found = fallbacks(folder).slice(-2);
  for (const [i, library] of ['libEGL_nvidia.so.0', 'libGLX_nvidia.so.0'].entries()) {
    const path = found[i]?.environment['VK_DRIVER_FILES'] ?? '';
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      ICD: { library_path: library },
    });
  }
});

test('timings say which fixtures ran with their plan; those without robustness stay apart', async () => {
  const folder = await temporaryFolder();
  const [steps, kept] = [`${folder}/steps`, `${folder}/card`];
  mkdirSync(steps);
  mkdirSync(kept);
  const file = `${kept}/plan-8-f32.json`;
  writeFileSync(file, '{"b": 1, "a": 2}');
  const lines = (step: string, ...objects: object[]) =>
    writeFileSync(`${steps}/${step}.out`, objects.map((own) => JSON.stringify(own)).join('\n'));
  const shape = { cell: 'lstm', units: 8 };
  const timing = { bench: 'train-step', adapter: 'card', shape, ms: 5, plan: { a: 2, b: 1 } };
  const verdict = (path: string, ok: boolean) => ({ path, ok, plan: { file, changed: [] } });
  lines('verify-tuned-8-few-f32', verdict('a', true));
  lines('verify-tuned-8-f32', verdict('a', true), verdict('b', false));
  lines('verify-unchecked-few-f32', verdict('a', true));
  lines('untuned-f32', { ...timing, ms: 9, plan: { a: 3 } });
  lines('train-step-f32', timing);
  lines('unchecked-f32', { ...timing, ms: 4, robustness: 'disabled' });
  const outcomes = [
    ...['verify-tuned-8-few-f32', 'verify-tuned-8-f32', 'verify-unchecked-few-f32'],
    ...['untuned-f32', 'train-step-f32', 'unchecked-f32'],
  ].map((step) => ({ step, status: 'ok', seconds: 1, note: '' }) as const);
  const doctor = { adapter: { kind: 'gpu', name: 'card', driver: '1' } } as DoctorReport;
  collect({ steps, kept, results: `${folder}/results.json` }, outcomes, doctor);
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as { results: object[] };
  expect(read(`${kept}/train-step.json`).results).toMatchObject([
    { ms: 5, verified: { fixtures: 2, ok: 1 } },
  ]);
  expect(read(`${kept}/variants.json`).results).toMatchObject([
    { step: 'untuned-f32', ms: 9, verified: null },
    { step: 'train-step-f32', ms: 5, verified: { fixtures: 2, ok: 1 } },
    { step: 'unchecked-f32', ms: 4, robustness: 'disabled', verified: { fixtures: 1, ok: 1 } },
  ]);
});
