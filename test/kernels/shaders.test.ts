import { describe, expect, it } from 'vitest';
import { kernels } from '../../src/kernels/index.js';
import type { KernelDescriptor } from '../../src/kernels/descriptor.js';
import { matmulNt } from '../../src/kernels/matmul_nt.js';
import { recurrenceForward } from '../../src/kernels/recurrence_forward.js';
import type { ShaderSource } from '../../src/kernels/shader.js';
import { Engine } from '../../src/gpu/engine.js';
import { nodeShaders, SHADER_FOLDER } from '../../src/platform/node-engine.js';
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

describe('the variants of a shader', () => {
  it('are all settings of its switches that make sense', () => {
    const settings = shaderVariants(recurrenceForward, nodeShaders);
    const cells = new Set(settings.map(({ COMBINE, ATTEND }) => `${COMBINE}${ATTEND}`));
    expect([...cells].sort()).toEqual(['00', '10', '11']);
    expect(new Set(settings.map(({ ROWS_8 }) => ROWS_8))).toEqual(new Set([0, 1]));
    expect(settings.every(({ ROWS }) => ROWS === recurrenceForward.defines.ROWS)).toBe(true);
  });

  it('are one where there is no switch', () => {
    const plain = { ...matmulNt, name: 'clip_scale', defines: {} };
    expect(shaderVariants(plain, nodeShaders)).toEqual([{}]);
  });
});

describe('a wrong descriptor is caught', () => {
  const { bindings, uniforms, constants } = matmulNt;
  const at = (text: string) => `shaders/matmul_nt.wgsl:${lineOf('matmul_nt', text)}: `;

  it('with a binding of another access', () => {
    const wrong = {
      ...matmulNt,
      bindings: { ...bindings, b: { ...bindings.b, access: 'read_write' } },
    };
    expect(problems(wrong as KernelDescriptor)).toEqual([
      `${at('> b: array')}'b' is read, the descriptor says read_write`,
    ]);
  });

  it('with a binding of another element type', () => {
    const wrong = { ...matmulNt, bindings: { ...bindings, out: { ...bindings.out, type: 'f32' } } };
    expect(problems(wrong as KernelDescriptor)).toEqual([
      `${at('> out: array')}'out' holds vec4<f32>, the descriptor says f32`,
    ]);
  });

  it('with bindings in another order', () => {
    const { a, b, ...rest } = bindings;
    const found = problems({ ...matmulNt, bindings: { b, a, ...rest } });
    expect(found).toEqual([
      `${at('> b: array')}'b' is at group 0, binding 1, the descriptor's at 0, 0`,
      `${at('> a: array')}'a' is at group 0, binding 0, the descriptor's at 0, 1`,
    ]);
  });

  it('with a binding that is missing, and one too many', () => {
    const { bias, ...rest } = bindings;
    const found = problems({ ...matmulNt, bindings: { ...rest, offset: bias } });
    expect(found).toContain(
      "shaders/matmul_nt.wgsl:0: binding 'offset' of the descriptor is not declared",
    );
    expect(found).toContain(
      `${at('> bias: array')}binding 'bias' is not in the descriptor under these switches`,
    );
  });

  it('with a binding that stands under another switch', () => {
    const { places, ...rest } = bindings;
    const always = { access: places.access, type: places.type, shape: places.shape };
    const found = problems({ ...matmulNt, bindings: { ...rest, places: always } });
    expect(found.join('\n')).toContain("binding 'places' of the descriptor is not declared");
  });

  it('with uniform fields in another order, of another type, or too few', () => {
    const { m, n, scale, stream_1, ...rest } = uniforms;
    const swapped = problems({ ...matmulNt, uniforms: { n, m, ...rest, scale, stream_1 } });
    expect(swapped).toContain(
      `${at('  m: u32')}uniform field 0 is m: u32, the descriptor says n: u32`,
    );
    const retyped = problems({ ...matmulNt, uniforms: { ...uniforms, scale: 'u32' } });
    expect(retyped).toEqual([
      `${at('  scale: f32')}uniform field 5 is scale: f32, the descriptor says scale: u32`,
    ]);
    const fewer = problems({ ...matmulNt, uniforms: { m, n, ...rest } });
    expect(fewer.at(-1)).toBe(
      `${at('  stream_1: u32')}uniform field 7 is stream_1: u32, the descriptor says none`,
    );
  });

  it('with an override constant of another value, missing, or too many', () => {
    const valued = problems({ ...matmulNt, constants: { ...constants, ROW_LANES: 4 } });
    expect(valued).toEqual([
      `${at('override ROW_LANES')}override 'ROW_LANES' is 8u, the descriptor says 4`,
    ]);
    expect(problems({ ...matmulNt, constants: { ROW_LANES: 8 } })).toEqual([
      `${at('override COLUMN_LANES')}override 'COLUMN_LANES' is not in the descriptor`,
    ]);
    expect(problems({ ...matmulNt, constants: { ...constants, DEPTH: 2 } })).toEqual([
      "shaders/matmul_nt.wgsl:1: override 'DEPTH' of the descriptor is not declared",
    ]);
  });

  it('with a shader of another name', () => {
    const [missing, extra] = checkFiles(SHADER_FOLDER, [
      ...kernels.filter(({ name }) => name !== 'softmax'),
      { ...matmulNt, name: 'matmul_xy' },
    ]).map(formatDisagreement);
    expect(missing).toBe('shaders/softmax.wgsl:0: has no descriptor');
    expect(extra).toBe('shaders/matmul_xy.wgsl:0: there is no such file');
  });
});

describe('a shader that does not compile', () => {
  it('is reported with the line of its own file', async () => {
    const source = edited('matmul_nt', 'let n4 = u.n / 4u;', 'let n4 = u.n / 4.5;');
    const engine = new Engine(await testGpu(), source);
    const found = await checkCompilation(engine, matmulNt, source);
    expect(found).toHaveLength(2); // with and without dropout
    expect(found[0]).toMatchObject({
      file: 'shaders/matmul_nt.wgsl',
      line: lineOf('matmul_nt', 'let n4 ='),
    });
    expect(found[0]?.problem).toContain('no matching overload');
  });

  it('is reported with the line of the common file that it takes in', async () => {
    const source = edited('common/threefry', '0x1BD11BDAu ^', '0x1BD11BDAu +* ');
    const engine = new Engine(await testGpu(), source);
    const [found, ...more] = await checkCompilation(engine, matmulNt, source);
    expect(more).toEqual([]); // only the variant with dropout takes it in
    expect(found?.file).toBe('shaders/common/threefry.wgsl');
    expect(found?.line).toBe(lineOf('common/threefry', '0x1BD11BDAu'));
  });
});
