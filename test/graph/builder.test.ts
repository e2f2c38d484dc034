import { describe, expect, it } from 'vitest';
import { DispatchSizeError, GraphError } from '../../src/core/errors.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Tensor } from '../../src/graph/types.js';
import { matmulNn } from '../../src/kernels/matmul/matmul_nn.js';
import { reducePartials } from '../../src/kernels/reductions/reduce_partials.js';
import { squaredSums } from '../../src/kernels/optimizer/squared_sums.js';

const product = (builder: GraphBuilder, name: string, a: Tensor, b: Tensor, out: Tensor, m = 8) =>
  builder.dispatch(name, matmulNn, {
    bindings: { a, b, out },
    uniforms: { m, n: 8, k: 8, ...plain },
  });

const plain = { accumulate: 0, relu: 0, threshold: 0, scale: 1, stream_0: 0, stream_1: 0 };

function chain() {
  const builder = new GraphBuilder('chain', { frames: 8 });
  const weight = builder.tensor('weight', [8, 8], 'persistent');
  const x = builder.tensor('x', [8, 8], 'input');
  return { builder, weight, x };
}

describe('GraphBuilder refuses', () => {
  const refused: Record<string, [RegExp, () => void]> = {
    'a tensor declared twice': [/'x' is declared twice/, () => chain().builder.tensor('x', [4])],
    'an impossible shape': [/'y' has shape \[0, 4\]/, () => chain().builder.tensor('y', [0, 4])],
    'a view that is not aligned': [
      /starts at f32 element 4, not at a multiple of 256 bytes/,
      () => {
        const { builder, weight } = chain();
        builder.view(weight, 'part', 4, [4]);
      },
    ],
    'a view past the end': [
      /'part' ends past 'weight'/,
      () => {
        const { builder, weight } = chain();
        builder.view(weight, 'part', 64, [4]);
      },
    ],
    'a missing tensor': [
      /kernel matmul_nn needs a tensor for 'b'/,
      () => {
        const { builder, x } = chain();
        builder.dispatch('p', matmulNn, {
          bindings: { a: x, out: builder.tensor('y', [8, 8]) },
          uniforms: { m: 8, n: 8, k: 8, ...plain },
        });
      },
    ],
    'a tensor that is too small': [
      /'a' needs \[m, k\] = \[9, 8\], but tensor 'x' is \[8, 8\]/,
      () => {
        const { builder, weight, x } = chain();
        product(builder, 'p', x, weight, builder.tensor('y', [9, 8]), 9);
      },
    ],
    'a tensor of another type': [
      /'a' needs vec4<f32>, but tensor 'ids' is u32/,
      () => {
        const { builder, weight } = chain();
        const ids = builder.tensor('ids', [8, 8], 'input', 'u32');
        product(builder, 'p', ids, weight, builder.tensor('y', [8, 8]));
      },
    ],
    'a buffer that is read and written at once': [
      /'out' writes 'x' while 'a' binds 'x'/,
      () => {
        const { builder, weight, x } = chain();
        product(builder, 'p', x, weight, x);
      },
    ],
    'two views of one buffer, one of them written': [
      /'out' writes 'second' while 'a' binds 'first' of the same buffer/,
      () => {
        const { builder, weight } = chain();
        const both = builder.tensor('both', [16, 8]);
        const [first, second] = [0, 64].map((offset, i) =>
          builder.view(both, i === 0 ? 'first' : 'second', offset, [8, 8]),
        );
        if (first && second) product(builder, 'p', first, weight, second);
      },
    ],
    'a tensor read before it is written': [
      /pass p reads 'y' before any pass wrote it/,
      () => {
        const { builder, weight } = chain();
        product(builder, 'p', builder.tensor('y', [8, 8]), weight, builder.tensor('z', [8, 8]));
        builder.build();
      },
    ],
    'accumulation into what nothing wrote': [
      /pass p reads 'sum' before any pass wrote it/,
      () => {
        const { builder, x } = chain();
        builder.dispatch('p', reducePartials, {
          bindings: { partial: x, out: builder.tensor('sum', [8]) },
          uniforms: { size: 8, slices: 8 },
        });
        builder.build();
      },
    ],
    'more workgroups than WebGPU dispatches': [
      /more than 65535 in a dimension/,
      () => {
        const builder = new GraphBuilder('large', { frames: 1 });
        const values = builder.tensor('values', [70_000], 'input');
        builder.dispatch('p', squaredSums, {
          bindings: { values, out: builder.tensor('out', [70_000], 'persistent') },
          uniforms: { size: 70_000, groups: 70_000 },
        });
      },
    ],
  };
  for (const [what, [message, act]] of Object.entries(refused)) {
    it(what, () => {
      expect(act).toThrow(GraphError);
      expect(act).toThrow(message);
      const size = /workgroups/.test(what); // a smaller program would help
      if (size) expect(act).toThrow(DispatchSizeError);
      else expect(act).not.toThrow(DispatchSizeError);
    });
  }
});

describe('memory', () => {
  it('shares a buffer only between tensors that never live at once', () => {
    const { builder, weight, x } = chain();
    let last = x;
    for (let i = 0; i < 6; i++) {
      const next = builder.tensor(`h${i}`, [8, 8]);
      product(builder, `p${i}`, last, weight, next);
      last = next;
    }
    const program = builder.build();
    // each layer reads the one before and writes the next: two buffers take turns
    expect(program.buffers.filter(({ kind }) => kind === 'transient')).toHaveLength(2);
    expect(program.bytesWithoutReuse).toBe(8 * 256);
    expect(program.bytes).toBe(4 * 256);
    const lives = [...program.places].filter(([name]) => name.startsWith('h'));
    for (const [a, one] of lives) {
      for (const [b, other] of lives) {
        if (a !== b && one.buffer === other.buffer) {
          expect(one.last < other.first || other.last < one.first, `${a} and ${b}`).toBe(true);
        }
      }
    }
  });

  it('puts a small tensor into a large free buffer, and never the other way', () => {
    const { builder, weight, x } = chain();
    const small = builder.tensor('small', [8, 8]);
    const large = builder.tensor('large', [16, 8]);
    product(builder, 'p0', x, weight, large);
    product(builder, 'p1', x, weight, small);
    const program = builder.build();
    expect(program.places.get('small')?.buffer).toBe(program.places.get('large')?.buffer);
    expect(program.buffers.at(-1)?.bytes).toBe(512);
  });
});
