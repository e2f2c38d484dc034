import { fstatSync } from 'node:fs';

/** Standard output and standard error. */
const PRINTED = [1, 2];

/**
 * Whether a file is the one that this process prints to, as /dev/stdout is in `> results`: to replace it would lose
 * what is printed, to add to it would mix both.
 */
export function isPrintedTo({ dev, ino }: { dev?: number; ino?: number }): boolean {
  if (!ino) return false; // a system that does not number its files
  return PRINTED.some((descriptor) => {
    try {
      const printed = fstatSync(descriptor);
      return printed.isFile() && printed.dev === dev && printed.ino === ino;
    } catch {
      return false; // closed
    }
  });
}
