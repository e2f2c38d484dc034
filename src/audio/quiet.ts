const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;

/**
 * Runs a function with the console silenced: decoders write to it when they find something odd,
 * besides our own one-line error. For synchronous functions only: nothing else runs meanwhile. Functions that a
 * module binds to the console while it starts stay silent.
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
