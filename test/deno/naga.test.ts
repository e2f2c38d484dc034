import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kernels } from '../support/kernels.js';
import { nodeShaders } from '../../src/platform/node/engine.js';
import {
  compileJob,
  formsOf,
  pairsOfForms,
  planShaders,
  type PlanShader,
} from '../../tools/plan-shaders.js';
import { denoAdapter, denoProject, DenoService, lavapipe, removeProject } from './deno.js';

// naga is the WebGPU of Deno and Firefox: what Dawn takes, it has to take too
const folder = 'test/fixtures/network';
const names = readdirSync(folder);

const project = await denoProject(['test/deno/service.ts', 'test/deno/messages.ts']);
const computing = new DenoService(project, await denoAdapter());
const compiling = await compiler();
afterAll(async () => {
  await computing.close();
  await compiling.service.close();
  await removeProject(project);
});

/** lavapipe has shaders in half precision, and makes pipelines in milliseconds: it compiles at their first dispatch. */
async function compiler() {
  const env = await lavapipe();
  const service = env === undefined ? computing : new DenoService(project, env);
  const { adapter, features } = await service.adapter();
  return { service, name: adapter.name, f16: features.includes('shader-f16'), quick: !!env };
}

describe('network fixtures in Deno', () => {
  it('are all here', () => expect(names).toHaveLength(46));

  it.each(names)('%s agrees with the oracle', async (name) => {
    const [answer] = await computing.ask({ fixture: resolve(folder, name) });
    const compared = answer && 'compared' in answer ? answer.compared : [];
    expect(compared.length).toBeGreaterThan(10);
    expect(compared.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
  });
});

describe('features in Deno', () => {
  it.each([
    'features/speech_3',
    'features/half_silent',
    'voice/set_voice56',
    'voice/set_logmel40_delta',
  ])('%s agree with the oracle', async (name) => {
    const path = resolve('test/fixtures', `${name}.safetensors`);
    const [answer] = await computing.ask({ fixture: path });
    const [worst] = answer && 'compared' in answer ? answer.compared : [];
    expect(worst?.error, worst?.tensor).toBeLessThanOrEqual(worst?.tolerance ?? NaN);
  });
});

describe('every shader that a plan can name, in naga', () => {
  const { service, name, f16, quick } = compiling;
  const all = planShaders(nodeShaders);
  const isCovered = ({ kernel, code }: PlanShader): boolean =>
    kernel.feature === undefined && (f16 || !code.startsWith('enable f16'));
  const taken = all.filter(isCovered);
  const forms = formsOf(taken);
  // SwiftShader takes a minute and a half for those of cooperative recurrences
  const tried = pairsOfForms(
    forms.filter(({ kernel }) => quick || !kernel.name.includes('cooperative')),
  );

  it('is of every kernel', () => {
    const named = new Set(all.map(({ kernel }) => kernel.name));
    expect([...named].sort()).toEqual(kernels.map((kernel) => kernel.name).sort());
    expect(formsOf(all).length).toBeGreaterThan(400);
  });

  it('is reported where it is not valid', async () => {
    const code = 'fn main() -> u32 { return 1.5; }';
    const found = await service.compile([{ name: 'the broken one', code, constants: {} }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^the broken one: .*\n/);
  });

  it(`is valid as a module (${new Set(taken.map(({ code }) => code)).size})`, async () => {
    const modules = new Map(taken.map((shader) => [shader.code, shader]));
    const jobs = [...modules.values()].map((shader) => {
      const { name, code, constants } = compileJob(shader);
      return { name, code, constants };
    });
    expect(await service.compile(jobs)).toEqual([]);
  });

  const compiled = kernels.flatMap((kernel) => {
    const own = tried.filter((shader) => shader.kernel === kernel);
    return own.length === 0 ? [] : [[kernel.name, own.length, own] as const];
  });
  it.each(compiled)('%s becomes %i pipelines', async (_name, _count, shaders) => {
    expect(await service.compile(shaders.map(compileJob))).toEqual([]);
  });

  // what naga or the adapter cannot take, so that nobody takes it for tested
  const skipped = formsOf(all.filter((shader) => !isCovered(shader)));
  const matrices = skipped.filter(({ kernel }) => kernel.feature !== undefined).length;
  it.skip(`not tried: ${matrices} forms with subgroup matrices, which naga does not know`);
  if (!f16) {
    const halves = skipped.length - matrices;
    it.skip(`not tried: ${halves} forms in half precision, which ${name} lacks (lavapipe has it)`);
  }
  const rest = forms.length - tried.length;
  it.skip(`not tried: pipelines of ${rest} further forms, whose settings others cover by pairs`);
});
