import { denseProduct, registerTile } from './dense_product.js';

/** Variant `registers` for b [k,n]. */
export const matmulNn = denseProduct('matmul_nn', 'a b', ['k', 'n'], { tile: registerTile });
