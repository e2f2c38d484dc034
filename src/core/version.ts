/** The version of this package, as in package.json: runs and models record it. */
export const VERSION = '0.2.0';
