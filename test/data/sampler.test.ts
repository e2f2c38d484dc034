import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { Random } from '../../src/core/random.js';
import { epochBatches } from '../../src/data/sampler.js';

const random = new Random(4, 'lengths');
const lengths = Int32Array.from({ length: 1003 }, () => 1 + random.integer(500));
const options = { batchSize: 8, seed: 1 };

/** Frames that padding every batch to its longest utterance would add. */
function padding(batches: readonly (readonly number[])[]): number {
  const waste = batches.map((batch) => {
    const frames = batch.map((i) => lengths[i]!);
    return Math.max(...frames) * frames.length - frames.reduce((a, b) => a + b, 0);
  });
  return waste.reduce((a, b) => a + b, 0);
}

describe('epochBatches', () => {
  it('visits every utterance once and keeps the last, smaller batch', () => {
    const batches = epochBatches(lengths, options, 0);
    expect(batches.length).toBe(126);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(Array.from(lengths, (_, i) => i));
    expect(
      batches
        .map((b) => b.length)
        .sort((a, b) => a - b)
        .slice(0, 2),
    ).toEqual([3, 8]);
  });

  it('depends on seed and epoch alone', () => {
    const first = epochBatches(lengths, options, 3);
    expect(epochBatches([...lengths], { ...options }, 3)).toEqual(first);
    expect(epochBatches(lengths, options, 4)).not.toEqual(first);
    expect(epochBatches(lengths, { ...options, seed: 2 }, 3)).not.toEqual(first);
  });

  it('sorts by length within pools of 20 batches', () => {
    const batches = epochBatches(lengths, options, 0);
    for (const batch of batches) {
      const frames = batch.map((i) => lengths[i]!);
      expect(frames).toEqual([...frames].sort((a, b) => a - b));
    }
    // The batches of a pool do not overlap in length. Of two pools, a length lies in two batches'
    // spans at most, and some do.
    const distinct = Array.from({ length: 2 * 20 * 8 }, (_, i) => i);
    const spans = epochBatches(distinct, options, 0).map((b) => [b[0]!, b.at(-1)!] as const);
    const depth = distinct.map((x) => spans.filter(([low, high]) => low <= x && x <= high).length);
    expect(Math.max(...depth)).toBe(2);
    const unsorted = new Random(0, 'plain').shuffle(batches.flat());
    const plain = batches.map((_, i) => unsorted.slice(i * 8, i * 8 + 8));
    expect(padding(batches)).toBeLessThan(padding(plain) / 8);
  });

  it('mixes which utterances meet in a batch, and the order of batches', () => {
    const equal = new Int32Array(400).fill(7);
    const first = epochBatches(equal, options, 0);
    const partners = (batches: number[][]) => batches.find((b) => b.includes(0))!.sort();
    expect(partners(first)).not.toEqual(partners(epochBatches(equal, options, 1)));
    // One pool sorted by length: the batches must not come from short to long.
    const means = epochBatches(lengths.slice(0, 160), options, 0).map((b) => lengths[b[0]!]!);
    expect(means).not.toEqual([...means].sort((a, b) => a - b));
  });

  it('draws classes equally often, with replacement, and unlabelled ones at their share', () => {
    const classes = Int32Array.from(lengths, (_, i) => (i < 100 ? -1 : i < 200 ? 2 : i % 2));
    const counts = new Map<number, number>();
    const drawn = new Set<number>();
    const epochs = 20;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const batches = epochBatches(lengths, { ...options, classes }, epoch);
      expect(batches.length).toBe(126);
      const order = batches.flat();
      expect(order.length).toBe(1003);
      expect(new Set(order).size).toBeLessThan(800);
      for (const i of order) counts.set(classes[i]!, (counts.get(classes[i]!) ?? 0) + 1);
      order.forEach((i) => drawn.add(i));
    }
    expect(Math.abs(counts.get(-1)! / epochs - 100)).toBeLessThan(10);
    for (const label of [0, 1, 2]) {
      expect(Math.abs(counts.get(label)! / epochs - 301)).toBeLessThan(15);
    }
    expect(drawn.size).toBeGreaterThan(1000);
    const again = epochBatches(lengths, { ...options, classes }, 7);
    expect(again).toEqual(epochBatches([...lengths], { ...options, classes: [...classes] }, 7));
    expect(again).not.toEqual(epochBatches(lengths, { ...options, classes }, 8));
  });

  it('takes one utterance, none, and batches larger than the data', () => {
    expect(epochBatches([5], options, 0)).toEqual([[0]]);
    expect(epochBatches([], options, 0)).toEqual([]);
    expect(epochBatches([3, 2, 1], { batchSize: 100, seed: 0 }, 0)).toEqual([[2, 1, 0]]);
  });

  it('refuses a batch size that is no count', () => {
    for (const batchSize of [0, -1, 1.5, NaN]) {
      expect(() => epochBatches([1], { batchSize, seed: 0 }, 0)).toThrow(UsageError);
    }
  });
});
