import { expect, it } from 'vitest';
import type { Cell } from '../../src/core/cells.js';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { assembleShader } from '../../src/kernels/shader.js';
import { gradientProgram } from '../../src/network/programs.js';
import type { KernelPlan, MatmulPlan, RecurrencePlan } from '../../src/plan/plan.js';
import { planBytes } from '../../src/plan/check.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { testEngine } from '../support/engine.js';
import { tinyModel } from '../support/network.js';
import { planWith } from '../support/plans.js';

/** Bytes of a shader's workgroup variables as WebGPU counts them, by its text alone. */
function workgroupBytes(code: string, constants: Readonly<Record<string, number>>): number {
  const formulas = new Map(
    [...code.matchAll(/^(?:const|override) (\w+)(?:: \w+)? = ([^;]+);/gm)].map(
      ([, name = '', text = '']) => [name, text],
    ),
  );
  const number = (text: string): number => {
    const inner = /\(([^()]*)\)/.exec(text);
    if (inner) return number(text.replace(inner[0], String(number(inner[1] ?? ''))));
    const [minuend = '', subtrahend] = text.split(' - ');
    if (subtrahend !== undefined) return number(minuend) - number(subtrahend);
    return text.split('+').reduce((sum, term) => sum + product(term), 0);
  };
  // products and quotients, from the left
  const product = (text: string): number => {
    const [first = '', ...rest] = text.split(/(?=[*/])/);
    return rest.reduce((value, part) => {
      const factor = atom(part.slice(1));
      return part.startsWith('*') ? value * factor : Math.floor(value / factor);
    }, atom(first));
  };
  const atom = (text: string): number => {
    const name = text.trim();
    const formula = formulas.get(name);
    const value =
      constants[name] ?? (formula === undefined ? Number(name.replace(/u$/, '')) : number(formula));
    if (!Number.isInteger(value)) throw new Error(`no value of ${name}`);
    return value;
  };
  const aliases = new Map<string, string>();
  for (const [, name = '', type = ''] of code.matchAll(/^alias (\w+) = ([^;]+);/gm)) {
    aliases.set(name, type);
  }
  const size: Readonly<Record<string, number>> = {
    'vec4<f32>': 16,
    'vec2<f32>': 8,
    'vec4<f16>': 8,
    f32: 4,
    u32: 4,
    'vec2<u32>': 8,
    'atomic<u32>': 4,
  };
  let total = 0;
  for (const [, type = ''] of code.matchAll(/^var<workgroup> \w+: ([^;]+);/gm)) {
    const [, element = type, count = '1'] = /^array<(.+?), (.+)>$/.exec(type) ?? [];
    const bytes = (size[aliases.get(element) ?? element] ?? NaN) * number(count);
    total += Math.ceil(bytes / 16) * 16;
  }
  return total;
}

const plans: readonly RecurrencePlan[] = [
  { variant: 'persistent', rows: 4, lanes: 16, block: 1, unroll: false },
  { variant: 'persistent', rows: 8, lanes: 8, block: 1, unroll: true },
  { variant: 'persistent', rows: 4, lanes: 16, block: 1, parts: 2, unroll: true },
  { variant: 'persistent', rows: 4, lanes: 32, block: 1, parts: 4, unroll: false },
  { variant: 'steps', rows: 8, units: 8, lanes: 20 },
  { variant: 'cooperative', rows: 4, units: 12, lanes: 16 },
  { variant: 'cooperative', rows: 8, units: 4, lanes: 16, weights: 'registers' },
  { variant: 'cooperative', rows: 12, units: 8, lanes: 64, weights: 'streamed' },
];

it('the workgroup memory of a plan is what its shaders declare', async () => {
  const engine = await testEngine();
  const cells: readonly (readonly [Cell, number[]])[] = [
    ['lstm', [5, 3, 1]],
    ['mean-lstm', [3, 1]],
    ['a-lstm', [5, 3, 1]],
    ['a-lstm', [7]],
    ['a-gru', [9, 5, 4, 3, 2]],
  ];
  let seen = 0;
  for (const own of plans) {
    for (const [cell, offsets] of cells) {
      for (const precision of ['f32', 'f16'] as const) {
        for (const units of [12, 36]) {
          const recurrent = { ...tinyModel().recurrent, cell, offsets, units };
          const model: TwoLayerModelConfig = tinyModel({ recurrent });
          // one row is a tile of its own only on the way back
          const backward = own.variant === 'persistent' ? { ...own, rows: own.rows / 4 } : own;
          const changes: Partial<KernelPlan> = { precision, forward: own, backward };
          const plan = planWith(engine, model, changes);
          const bytes = planBytes(plan, model);
          const size = { frames: 20, utterances: 3, longest: 9 };
          for (const pass of gradientProgram(model, plan, size).passes) {
            if (pass.kind !== 'dispatch' || !/^recurrence/.test(pass.kernel.name)) continue;
            const way = pass.kernel.name.endsWith('forward') ? 'forward' : 'backward';
            const code = assembleShader(pass.kernel, pass.defines, nodeShaders);
            const declared = workgroupBytes(code, { ...pass.kernel.constants, ...pass.constants });
            expect(bytes[way], `${pass.name}, ${JSON.stringify({ own, cell, offsets })}`).toBe(
              declared,
            );
            seen++;
          }
        }
      }
    }
  }
  expect(seen).toBeGreaterThan(100);
});

const tile = { variant: 'tiled', rowLanes: 4, columnLanes: 8, depth: 8, micro: 8 } as const;
/** These use more than the tiled matmuls of operands in f32. */
const matrices = { variant: 'subgroup', rowLanes: 4, columnLanes: 8 } as const;
const matrix = { m: 8, n: 16, k: 8 };
const matmuls: Readonly<Record<string, MatmulPlan>> = {
  registers: { variant: 'registers', rowLanes: 4, columnLanes: 4 },
  outer: { variant: 'outer', rowLanes: 4, columnLanes: 4 },
  tiled: tile,
  'tiled, by default': { variant: 'tiled', rowLanes: 8, columnLanes: 8 },
  'tiled, two buffers': { ...tile, buffers: 2, unroll: true },
  'tiled, 4 x 4': { ...tile, depth: 16, micro: 4, buffers: 2 },
  subgroup: { ...matrices, depth: 32, matrix },
  'subgroup, by default': {
    ...matrices,
    rowLanes: 4,
    columnLanes: 32,
    matrix: { m: 16, n: 16, k: 16 },
  },
  'subgroup, two buffers': { ...matrices, rowLanes: 3, depth: 16, buffers: 2, matrix },
};

it.each(Object.entries(matmuls))('the workgroup memory of matmuls: %s', async (_, own) => {
  const engine = await testEngine();
  const model = tinyModel();
  const changes = { matmul: { dense: own, inputGradient: own, weightGradient: own, heads: own } };
  for (const precision of ['f32', 'f16'] as const) {
    const plan = planWith(engine, model, changes, precision);
    const declared = new Map<string, number>();
    const size = { frames: 20, utterances: 3, longest: 9 };
    for (const pass of gradientProgram(model, plan, size).passes) {
      if (pass.kind !== 'dispatch' || !pass.kernel.name.startsWith('matmul')) continue;
      const code = assembleShader(pass.kernel, pass.defines, nodeShaders);
      const bytes = workgroupBytes(code, { ...pass.kernel.constants, ...pass.constants });
      declared.set(pass.part ?? '', Math.max(bytes, declared.get(pass.part ?? '') ?? 0));
    }
    const { dense, inputGradient, weightGradient, heads } = planBytes(plan, model);
    expect(declared.size).toBe(4);
    expect(heads).toBeGreaterThanOrEqual(declared.get('heads') ?? NaN);
    if (own.variant === 'subgroup' && precision === 'f32') continue; // all by its stand-in
    expect({ dense, inputGradient, weightGradient }).toEqual({
      dense: declared.get('dense'),
      inputGradient: declared.get('inputGradient'),
      weightGradient: declared.get('weightGradient'),
    });
  }
});
