import type { Tensor } from '../graph/types.js';
import { pad4 } from '../kernels/descriptor.js';
import { addParts } from '../kernels/features/add_parts.js';
import { foldFrames } from '../kernels/features/fold_frames.js';
import { dispatchMatmul } from '../network/matmul.js';
import type { Signals } from './signals.js';
import { HALF, transformTable, type TransformShape } from './tables.js';

/** Real and imaginary parts of the frames' Fourier transforms, [frames, padded bins] each. */
export interface Transform {
  readonly re: Tensor;
  readonly im: Tensor;
  readonly stride: number;
}

/**
 * Adds the Fourier transforms of frames of 400 samples of the signal without its mean, as products of folded frames with
 * cosines and sines: their phases are relative to the middle of the frame. A product in float32 rounds weak bins by some
 * 1e-7 of the strongest. So samples and cosines are split into coarse and fine parts: the product of the coarse ones is
 * exact, the others are smaller by 2^8, and what they round is too (Ozaki et al., Numerical Algorithms 59(1), 2012).
 */
export function buildTransform(signals: Signals, name: string, shape: TransformShape): Transform {
  const { builder, matmul } = signals;
  const stride = pad4(shape.bins);
  const transposed = matmul.variant !== 'outer';
  const transform = (part: 'cos' | 'sin', { coarse, fine }: Folded): Tensor => {
    const product = (
      a: Tensor,
      precision: 'coarse' | 'fine' | 'whole',
      out: Tensor,
      accumulate: 0 | 1,
    ): void => {
      const b = signals.table(transformTable(part, precision, shape, !transposed));
      dispatchMatmul(builder, `${name} ${part} ${precision}`, matmul, transposed, {
        part: 'dense',
        bindings: { a, b, out },
        uniforms: {
          ...{ m: 'analysed', n: stride, k: HALF, accumulate, relu: 0 },
          ...{ threshold: 0, scale: 1, stream_0: 0, stream_1: 0 },
        },
      });
    };
    const out = signals.perFrame(`${name}.${part}`, stride);
    product(fine, 'whole', out, 0);
    product(coarse, 'fine', out, 1);
    // alone, and added last: an exact sum must not start from one that is not
    const exact = signals.perFrame(`${name}.${part}.exact`, stride);
    product(coarse, 'coarse', exact, 0);
    builder.dispatch(`${name} ${part}`, addParts, {
      bindings: { values: exact, out },
      uniforms: { rows: 'analysed', width: stride },
    });
    return out;
  };
  const { even, odd } = folded(signals);
  return { re: transform('cos', even), im: transform('sin', odd), stride };
}

/** Folded frames [frames, 200] in two parts. */
interface Folded {
  readonly coarse: Tensor;
  readonly fine: Tensor;
}

function folded(signals: Signals): Readonly<Record<'even' | 'odd', Folded>> {
  return signals.once('folded', () => {
    const { builder, samples, levels, framePlaces } = signals;
    const of = (name: string): Folded => ({
      coarse: signals.perFrame(`frames.${name}`, HALF),
      fine: signals.perFrame(`frames.${name}.fine`, HALF),
    });
    const [even, odd] = [of('even'), of('odd')];
    builder.dispatch('fold frames', foldFrames, {
      bindings: {
        ...{ samples, levels, frame_places: framePlaces },
        ...{ even: even.coarse, even_fine: even.fine, odd: odd.coarse, odd_fine: odd.fine },
      },
      uniforms: { rows: 'recordings', samples: 'samples', frames: 'analysed', half: HALF },
    });
    return { even, odd };
  });
}
