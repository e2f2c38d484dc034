import { denseMatmul, registerTile } from './dense_matmul.js';

/** Variant `registers` for b [n,k]. */
export const matmulNt = denseMatmul('matmul_nt', 'a b^T', ['n', 'k'], { tile: registerTile });
