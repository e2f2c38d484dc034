import { threefry2x32 } from '../../src/core/random.js';

export interface DropoutKey {
  readonly threshold: number;
  readonly scale: number;
  readonly stream_0: number;
  readonly stream_1: number;
}

export const NO_DROPOUT: DropoutKey = { threshold: 0, scale: 1, stream_0: 0, stream_1: 0 };

/** Twin of shaders/common/dropout.wgsl: the factor of one unit of one frame of an utterance. */
export function dropoutFactor(
  key: DropoutKey,
  utterance: number,
  frame: number,
  unit: number,
): number {
  const place = threefry2x32(key.stream_0, key.stream_1, utterance, frame);
  const bits = threefry2x32(place[0], place[1], Math.floor(unit / 4), 0);
  const word = bits[unit % 4 < 2 ? 0 : 1];
  const draw = unit % 2 === 0 ? word & 0xffff : word >>> 16;
  return draw >= key.threshold ? key.scale : 0;
}

/** Factors of all units of all frames, [frames, width]. */
export function dropoutMask(
  key: DropoutKey | undefined,
  positions: Uint32Array,
  width: number,
): Float64Array {
  return Float64Array.from({ length: (positions.length / 4) * width }, (_, i) => {
    if (!key) return 1;
    const frame = Math.floor(i / width);
    return dropoutFactor(key, positions[4 * frame] ?? 0, positions[4 * frame + 1] ?? 0, i % width);
  });
}
