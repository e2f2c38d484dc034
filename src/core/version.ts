/**
 * The version of this package, as in package.json: runs and models record it.
 *
 * @example
 * console.log(`trained with alstm ${VERSION}`);
 */
export const VERSION = '0.2.0';
