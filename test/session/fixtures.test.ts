import { describe, expect, it } from 'vitest';
import { testEngine } from '../support/engine.js';
import { expectFixture, networkFixtures } from '../support/network-fixtures.js';
import { needs } from '../support/needs.js';

describe('network fixtures of the PyTorch oracle', () => {
  it('are all here', () => {
    expect(networkFixtures).toHaveLength(46);
  });

  for (const name of networkFixtures) {
    it(name, () => expectFixture(name));
  }
});

describe('fixtures in half precision', () => {
  it.for(networkFixtures)('%s', async (name, ctx) => {
    needs(ctx, (await testEngine()).gpu, 'shader-f16');
    await expectFixture(name, { precision: 'f16' });
  });

  it('are refused by an adapter without it', async (ctx) => {
    const { gpu } = await testEngine();
    if (gpu.features.has('shader-f16')) ctx.skip(`${gpu.adapter.name} has shader-f16`);
    await expect(expectFixture(networkFixtures[0] ?? '', { precision: 'f16' })).rejects.toThrow(
      /cannot store in half precision: it lacks shader-f16/,
    );
  });
});
