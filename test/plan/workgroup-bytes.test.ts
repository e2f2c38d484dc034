import { expect, it } from 'vitest';
import type { Cell } from '../../src/core/cells.js';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { assembleShader } from '../../src/kernels/shader.js';
import { gradientProgram } from '../../src/network/programs.js';
import type { KernelPlan, RecurrencePlan } from '../../src/plan/plan.js';
import { planBytes } from '../../src/plan/check.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import { testEngine } from '../support/engine.js';
import { tinyModel } from '../support/network.js';
import { planWith } from '../support/plans.js';

/** Bytes of a shader's workgroup variables as WebGPU counts them, by its text alone. */
function workgroupBytes(code: string, constants: Readonly<Record<string, number>>): number {
  const values = new Map(Object.entries(constants));
  const aliases = new Map<string, string>();
  const number = (text: string): number => {
    const inner = /\(([^()]*)\)/.exec(text);
    if (inner) return number(text.replace(inner[0], String(number(inner[1] ?? ''))));
    const [minuend = '', subtrahend] = text.split(' - ');
    if (subtrahend !== undefined) return number(minuend) - number(subtrahend);
    // products and quotients, from the left
    const [first = '', ...rest] = text.split(/(?=[*/])/);
    return rest.reduce((value, part) => {
      const factor = atom(part.slice(1));
      return part.startsWith('*') ? value * factor : Math.floor(value / factor);
    }, atom(first));
  };
  const atom = (text: string): number => {
    const name = text.trim();
    const value = values.get(name) ?? Number(name.replace(/u$/, ''));
    if (!Number.isInteger(value)) throw new Error(`no value of ${name}`);
    return value;
  };
  for (const [, name = '', text = ''] of code.matchAll(
    /^(?:const|override) (\w+)(?:: \w+)? = ([^;]+);/gm,
  )) {
    if (!values.has(name) && !text.includes('array')) values.set(name, number(text));
  }
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
