import { create } from 'webgpu';
import { describe, expect, it } from 'vitest';
import { kernels } from '../support/kernels.js';
import type { KernelDescriptor } from '../../src/kernels/descriptor.js';
import { matmulNt } from '../../src/kernels/matmul/matmul_nt.js';
import { matmulSubgroup } from '../../src/kernels/matmul/matmul_subgroup.js';
import { matmulTiled } from '../../src/kernels/matmul/matmul_tiled.js';
import { matmulTnSubgroup } from '../../src/kernels/matmul/matmul_tn_subgroup.js';
import { matmulTnTiled } from '../../src/kernels/matmul/matmul_tn_tiled.js';
import { recurrenceForward } from '../../src/kernels/recurrence/recurrence_forward.js';
import { recurrenceCooperativeForward } from '../../src/kernels/recurrence/recurrence_cooperative_forward.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
import { Gpu } from '../../src/gpu/device.js';
import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders, SHADER_FOLDER } from '../../src/platform/node/engine.js';
import {
  checkCompilation,
  checkDescriptor,
  checkFiles,
  formatDisagreement,
  shaderVariants,
} from '../../tools/check-shaders.js';
import { testGpu } from '../support/gpu.js';

/** The shaders of the package, some lines of them replaced. */
function edited(name: string, from: string, to: string): ShaderSource {
  return (path) => {
    const text = nodeShaders(path);
    if (path !== name) return text;
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    return text.replace(from, to);
  };
}

function problems(kernel: KernelDescriptor, source: ShaderSource = nodeShaders): string[] {
  return checkDescriptor(kernel, source).map(formatDisagreement);
}

function lineOf(name: string, text: string): number {
  return (
    nodeShaders(name)
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

describe('every shader', () => {
  it('has one descriptor, and every descriptor a shader', () => {
    expect(checkFiles(SHADER_FOLDER, kernels)).toEqual([]);
  });

  it.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
    '%s declares what its descriptor says',
    (_name, kernel) => {
      expect(problems(kernel)).toEqual([]);
    },
  );

  it.each(kernels.map((kernel) => [kernel.name, kernel] as const))(
    '%s compiles in every variant',
    async (_name, kernel) => {
      const engine = new Engine(await testGpu(), nodeShaders);
      const found = await checkCompilation(engine, kernel, nodeShaders);
      expect(found.map(formatDisagreement)).toEqual([]);
    },
  );
});

describe('a shader for a feature that the adapter lacks', () => {
  // Dawn's null backend has every feature and computes nothing: it validates
  it.each([
    ['matmul_subgroup', matmulSubgroup, { B_TRANSPOSED: 0 }],
    ['matmul_subgroup, b transposed', matmulSubgroup, { B_TRANSPOSED: 1 }],
    ['matmul_tn_subgroup', matmulTnSubgroup, {}],
  ] as const)('is accepted by Dawn: %s', async (_name, own, defines) => {
    const instance = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
    const adapter = await instance.requestAdapter();
    if (!adapter) throw new Error('no null adapter');
    const requiredFeatures = ['shader-f16', own.feature ?? ''] as GPUFeatureName[];
    const gpu = new Gpu(await adapter.requestDevice({ requiredFeatures }), adapter.info);
    // its subgroups have up to 128 lanes
    const kernel = {
      ...own,
      constants: { ...own.constants, COLUMN_LANES: 128, ROW_LANES: 2 },
      defines: { ...own.defines, ...defines },
    };
    const found = await checkCompilation(new Engine(gpu, nodeShaders), kernel, nodeShaders);
    expect(found.map(formatDisagreement)).toEqual([]);
    gpu.destroy();
  });
});

describe('the variants of a shader', () => {
  it('are all settings of its switches that make sense', () => {
    const settings = shaderVariants(recurrenceForward, nodeShaders);
    const cells = new Set(settings.map(({ COMBINE, ATTEND }) => `${COMBINE}${ATTEND}`));
    expect([...cells].sort()).toEqual(['00', '10', '11']);
    expect(new Set(settings.map(({ ROWS, BLOCK }) => `${ROWS}x${BLOCK}`)).size).toBe(8);
    const { OFFSETS } = recurrenceForward.defines;
    expect(settings.every((own) => own['OFFSETS'] === OFFSETS)).toBe(true);
  });

  it('are in f32 and in f16, with the switches of what it takes in', () => {
    const settings = shaderVariants(matmulTiled, nodeShaders);
    expect(settings).toHaveLength(5 * 2 * 2 * 2 * 2); // epilogues, tiles, loops, forms of b, storage
    expect(new Set(settings.map((s) => `${s.A_REAL}${s.OUT_REAL}`)).size).toBe(2);
    expect(settings.some(({ DROPOUT, GATED }) => DROPOUT === 1 && GATED === 1)).toBe(false);
  });

  it('are one where there is no switch', () => {
    const plain = { ...matmulNt, name: 'clip_scale', defines: {} };
    expect(shaderVariants(plain, nodeShaders)).toEqual([{}]);
  });
});

describe('a wrong descriptor is caught', () => {
  const { bindings, uniforms, constants } = matmulNt;
  const own = (text: string) => `shaders/matmul/matmul_nt.wgsl:${lineOf('matmul_nt', text)}: `;
  const shared = (text: string) =>
    `shaders/matmul/common/matmul_epilogue.wgsl:${lineOf('matmul_epilogue', text)}: `;

  it('with a binding of another access', () => {
    const wrong = {
      ...matmulNt,
      bindings: { ...bindings, b: { ...bindings.b, access: 'read_write' } },
    };
    expect(problems(wrong as KernelDescriptor)).toEqual([
      `${own('> b: array')}'b' is read, the descriptor says read_write`,
    ]);
  });

  it('with a binding of another element type', () => {
    const wrong = { ...matmulNt, bindings: { ...bindings, out: { ...bindings.out, type: 'f32' } } };
    expect(problems(wrong as KernelDescriptor)).toEqual([
      `${shared('> out: array')}'out' holds vec4<f32>, the descriptor says f32`,
      `${shared('> out: array')}'out' holds vec4<f16>, the descriptor says f32`,
    ]);
  });

  it('with bindings in another order', () => {
    const { a, b, ...rest } = bindings;
    const found = problems({ ...matmulNt, bindings: { b, a, ...rest } });
    expect(found).toEqual([
      `${own('> b: array')}'b' is at group 0, binding 1, the descriptor's at 0, 0`,
      `${own('> a: array')}'a' is at group 0, binding 0, the descriptor's at 0, 1`,
    ]);
  });

  it('with a binding that is missing, and one too many', () => {
    const { bias, ...rest } = bindings;
    const found = problems({ ...matmulNt, bindings: { ...rest, offset: bias } });
    expect(found).toContain(
      "shaders/matmul/matmul_nt.wgsl:0: binding 'offset' of the descriptor is not declared",
    );
    expect(found).toContain(
      `${shared('> bias: array')}binding 'bias' is not in the descriptor under these switches`,
    );
  });

  it('with a binding that stands under another switch', () => {
    const { positions, ...rest } = bindings;
    const always = { access: positions.access, type: positions.type, shape: positions.shape };
    const found = problems({ ...matmulNt, bindings: { ...rest, positions: always } });
    expect(found.join('\n')).toContain("binding 'positions' of the descriptor is not declared");
  });

  it('with uniform fields in another order, of another type, or too few', () => {
    const { m, n, scale, stream_1, ...rest } = uniforms;
    const swapped = problems({ ...matmulNt, uniforms: { n, m, ...rest, scale, stream_1 } });
    expect(swapped).toContain(
      `${shared('  m: u32')}uniform field 0 is m: u32, the descriptor says n: u32`,
    );
    const retyped = problems({ ...matmulNt, uniforms: { ...uniforms, scale: 'u32' } });
    expect(retyped).toEqual([
      `${shared('  scale: f32')}uniform field 6 is scale: f32, the descriptor says scale: u32`,
    ]);
    const fewer = problems({ ...matmulNt, uniforms: { m, n, ...rest } });
    expect(fewer.at(-1)).toBe(
      `${shared('  stream_1: u32')}uniform field 8 is stream_1: u32, the descriptor says none`,
    );
  });

  it('with an override constant of another value, missing, or too many', () => {
    const valued = problems({ ...matmulNt, constants: { ...constants, ROW_LANES: 4 } });
    expect(valued).toEqual([
      `${own('override ROW_LANES')}override 'ROW_LANES' is 8u, the descriptor says 4`,
    ]);
    expect(problems({ ...matmulNt, constants: { ROW_LANES: 8 } })).toEqual([
      `${own('override COLUMN_LANES')}override 'COLUMN_LANES' is not in the descriptor`,
    ]);
    expect(problems({ ...matmulNt, constants: { ...constants, DEPTH: 2 } })).toEqual([
      "shaders/matmul/matmul_nt.wgsl:1: override 'DEPTH' of the descriptor is not declared",
    ]);
  });

  it.each([
    ['override DEPTH = 16u;', 'override DEPTH = ROW_LANES * 2u;', 'ROW_LANES * 2u'],
    ['override DEPTH = 16u;', '@id(3) override DEPTH: u32 = ROW_LANES;', 'ROW_LANES'],
    ['override DEPTH = 16u;', 'override DEPTH = 4u * MICRO; // of a define', '4u * MICRO'],
  ])('with an override that is derived from others: %s', (from, to, formula) => {
    const name = 'matmul_tile';
    const place = `shaders/matmul/common/${name}.wgsl:${lineOf(name, from)}: `;
    const problem = `override 'DEPTH' is derived (${formula}): write it where it is used`;
    for (const kernel of [matmulTiled, matmulTnTiled]) {
      expect(problems(kernel, edited(name, from, to))).toEqual([place + problem]);
    }
  });

  it('with a derived override that only one of its switches declares', () => {
    const scored = 'var<workgroup> scored:';
    const file = 'recurrence_cooperative';
    const source = edited(file, scored, `override HALF = UNITS / 2u;\n${scored}`);
    expect(problems(recurrenceCooperativeForward, source)).toEqual([
      `shaders/recurrence/common/${file}.wgsl:${lineOf(file, scored)}: ` +
        "override 'HALF' is derived (UNITS / 2u): write it where it is used",
    ]);
  });

  it.each([
    // as it was once
    ['recurrence_forward', 'h[at + $(g)u] = Rows(', 'h[at][first_row % 4u] = f32('],
    ['pooling_sum', 'part[lane.y * COLUMNS + lane.x] = ', 'part[lane.y * COLUMNS + lane.x].x = '],
    ['pooling_sum', 'part[lane.y * COLUMNS + lane.x] = ', 'let p = &part[lane.y]; (*p) = '],
  ])('with lanes that write parts of shared vectors: %s, %s as %s', (name, from, to) => {
    const kernel = kernels.find((own) => own.name === name);
    const found = problems(kernel as KernelDescriptor, edited(name, from, to));
    expect(found.length).toBeGreaterThan(0);
    for (const line of found) {
      expect(line).toContain(`${name}.wgsl:${lineOf(name, from)}: `);
      expect(line).toMatch(/a vector that lanes share$/);
    }
  });

  it('with a shader of another name', () => {
    const [missing, extra] = checkFiles(SHADER_FOLDER, [
      ...kernels.filter(({ name }) => name !== 'softmax'),
      { ...matmulNt, name: 'matmul_xy' },
    ]).map(formatDisagreement);
    expect(missing).toBe('shaders/heads/softmax.wgsl:0: has no descriptor');
    expect(extra).toBe('shaders/matmul_xy.wgsl:0: there is no such file');
  });
});

describe('a shader that does not compile', () => {
  it('is reported with the line of its own file', async () => {
    const source = edited('matmul_nt', 'let n4 = u.n / 4u;', 'let n4 = u.n / 4.5;');
    const engine = new Engine(await testGpu(), source);
    const found = await checkCompilation(engine, matmulNt, source);
    const halves = found.filter(({ problem }) => problem.includes('"A_REAL":"f16"'));
    expect(found.length - halves.length).toBe(5); // bias, dropout, both, none, gated
    expect(found[0]).toMatchObject({
      file: 'shaders/matmul/matmul_nt.wgsl',
      line: lineOf('matmul_nt', 'let n4 ='),
    });
    expect(found[0]?.problem).toContain('no matching overload');
  });

  it('is reported with the line that is written out several times', async () => {
    const row = 's$(2*r) += x$(r) * left;';
    const source = edited('matmul_nt', row, 's$(2*r) += x$(r) * rihgt;');
    const engine = new Engine(await testGpu(), source);
    const found = await checkCompilation(engine, matmulNt, source);
    expect(found.length).toBeGreaterThan(0);
    for (const { file, line, problem } of found) {
      expect(problem).toContain("'rihgt'");
      expect(`${file}:${line}`).toBe(`shaders/matmul/matmul_nt.wgsl:${lineOf('matmul_nt', row)}`);
    }
  });

  it('is reported with the line of the common file that it takes in', async () => {
    const source = edited('threefry', '0x1BD11BDAu ^', '0x1BD11BDAu +* ');
    const engine = new Engine(await testGpu(), source);
    const found = await checkCompilation(engine, matmulNt, source);
    expect(found.length).toBeGreaterThan(0);
    for (const { file, line, problem } of found) {
      expect(problem).toContain('"DROPOUT":1'); // only the variants with dropout take it in
      expect(file).toBe('shaders/common/threefry.wgsl');
      expect(line).toBe(lineOf('threefry', '0x1BD11BDAu'));
    }
  });
});
