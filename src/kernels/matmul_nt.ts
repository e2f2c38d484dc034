import { denseProduct, registerTile } from './dense_product.js';

/** Variant `registers` for b [n,k]. */
export const matmulNt = denseProduct('matmul_nt', 'a b^T', ['n', 'k'], { tile: registerTile });
