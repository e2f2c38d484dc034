import { denseMatmul, registerTile } from './dense_matmul.js';

/** Variant `registers` for b [k,n]. */
export const matmulNn = denseMatmul('matmul_nn', 'a b', ['k', 'n'], { tile: registerTile });
