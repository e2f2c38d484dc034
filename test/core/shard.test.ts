import { expect, it } from 'vitest';
import { isInShard } from '../../src/core/shard.js';

it('each name is in one shard, always the same, and shards are of like size', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `calls/${i % 7}/é-${i}.wav`);
  for (const count of [1, 2, 7, 8]) {
    const shards = Array.from({ length: count }, (_, index) =>
      names.filter((name) => isInShard(name, { index, count })),
    );
    expect(shards.flat().sort()).toEqual([...names].sort());
    for (const shard of shards) {
      expect(Math.abs(shard.length - names.length / count)).toBeLessThan(100);
    }
  }
  // As every version and machine has it: shards of an archive are computed in many places.
  const first = names.slice(0, 8).map((name) => isInShard(name, { index: 0, count: 2 }));
  expect(first).toMatchInlineSnapshot(`
    [
      true,
      true,
      true,
      true,
      false,
      false,
      true,
      true,
    ]
  `);
});
