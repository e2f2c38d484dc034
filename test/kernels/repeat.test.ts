import { describe, expect, it } from 'vitest';
import { defineKernel, type Defines } from '../../src/kernels/descriptor.js';
import { assembleShader } from '../../src/kernels/shader.js';

const kernel = defineKernel({
  name: 'rows',
  equation: '',
  bindings: {},
  uniforms: {},
  constants: {},
  workgroups: () => [1, 1, 1],
});

/** What the lines of `rows.wgsl` become, where `files` are the others. */
function written(
  lines: readonly string[],
  defines: Defines = {},
  files: Readonly<Record<string, string>> = {},
): string[] {
  const all: Readonly<Record<string, string>> = { ...files, rows: lines.join('\n') };
  const source = (stem: string): string => {
    const text = all[stem];
    if (text === undefined) throw new Error(`no ${stem}`);
    return text;
  };
  return assembleShader(kernel, defines, source).split('\n');
}

describe('#repeat', () => {
  it('writes lines once for each number', () => {
    const lines = ['a', '#repeat r in 1..4', '  s$(r) += x[$(r)u];', '#end', 'b'];
    expect(written(lines)).toEqual(['a', ...[1, 2, 3].map((r) => `  s${r} += x[${r}u];`), 'b']);
  });

  it('takes defines, sums and products', () => {
    const lines = ['#repeat r in 1..ROWS+1', 's$(2*r+1)', '#end'];
    expect(written(lines, { ROWS: 2 })).toEqual(['s3', 's5']);
  });

  it('stands in another, and in what is taken in', () => {
    const part = ['#repeat b in 0..2', '#repeat r in 0..ROWS', 's$(b*ROWS+r)', '#end', '#end'];
    const files = { part: part.join('\n') };
    expect(written(['${part}'], { ROWS: 2 }, files)).toEqual(['s0', 's1', 's2', 's3']);
  });

  it('holds conditions, and stands in one', () => {
    const lines = [
      '#if ${A}',
      '#repeat r in 0..2',
      '#if ${B}',
      's$(r)',
      '#endif',
      '#end',
      '#endif',
    ];
    const kept = (defines: Defines) => written(lines, defines).filter((line) => line !== '');
    expect(kept({ A: 1, B: 1 })).toEqual(['s0', 's1']);
    expect(kept({ A: 1, B: 0 })).toEqual([]);
    expect(kept({ A: 0, B: 1 })).toEqual([]);
  });

  it('may leave out all', () => {
    expect(written(['#repeat r in 1..ROWS', 's$(r)', '#end', 'x'], { ROWS: 1 })).toEqual(['x']);
  });

  it.each([
    ['#repeat has no #end', ['', '#repeat r in 0..2', '#repeat b in 0..2', '#end'], 2],
    ['#end has no #repeat', ['#repeat r in 0..2', '#end', '#end'], 3],
    ['not of the form: #repeat NAME in FROM..TO', ['#repeat r from 0 to 2', '#end'], 1],
    ["'COUNT' is no number", ['#repeat r in 0..COUNT', '#end'], 1],
    ["'REAL' is no number", ['#repeat r in 0..2', 's$(REAL)', '#end'], 2],
    ["'2*' is no number", ['s$(2*)'], 1],
    ['2..ROWS ends at 1, before 2', ['#repeat r in 2..ROWS', '#end'], 1],
  ])('is refused with its line: %s', (problem, lines, line) => {
    expect(() => written(lines, { REAL: 'f32', ROWS: 1 })).toThrow(
      expect.objectContaining({ name: 'ShaderError', message: `rows.wgsl:${line}: ${problem}` }),
    );
  });
});

describe('a list', () => {
  it('is of all words of a row', () => {
    expect(written(['array(s$(0..ROWS), t$(1..3))'], { ROWS: 3 })).toEqual([
      'array(s0, s1, s2, t1, t2)',
    ]);
  });
});

describe('what a define chooses', () => {
  it.each([
    [1, 'one'],
    [2, 'two'],
    [3, 'more'],
  ])('are the lines under its value: %i', (COUNT, kept) => {
    const lines = ['#if ${COUNT} == 1', 'one', '#elif ${COUNT} == 2', 'two', '#else', 'more'];
    const all = written([...lines, '#endif'], { COUNT });
    expect(all.filter((line) => line !== '')).toEqual([kept]);
  });

  it('is a file by its stem', () => {
    const files = { small: 'fn size() {}', large: '' };
    expect(written(['#include ${SIZE}'], { SIZE: 'small' }, files)).toEqual(['fn size() {}']);
  });

  it.each(['#include ${SIZE}', '#if ${SIZE} == 2\n#endif', '${SIZE}'])(
    'has to be known: %s',
    (line) => {
      expect(() => written([line])).toThrow(/'SIZE' is neither a define nor a file/);
    },
  );
});
