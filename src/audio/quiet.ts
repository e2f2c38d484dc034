const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;

/**
 * Runs a function that must not write to the console: decoders do so where they find something odd,
 * beside the one line that is ours. For functions that return at once: nothing else runs meanwhile. What a
 * module binds to the console while it starts stays quiet.
 */
export function quietly<T>(run: () => T): T {
  const kept: Readonly<Record<string, unknown>> = { ...console };
  for (const method of METHODS) console[method] = () => undefined;
  try {
    return run();
  } finally {
    for (const method of METHODS) Object.assign(console, { [method]: kept[method] });
  }
}
