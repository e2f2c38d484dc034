/** What is said where the system opens no more files, even those of the program: Node opens many of them at once. */
export const TOO_MANY_FILES = [
  'alstm: too many files are open',
  '  Raise the limit (ulimit -n): 256 are enough.',
] as const;

export function isTooManyFiles(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE';
}
