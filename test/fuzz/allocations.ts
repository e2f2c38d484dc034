const watched = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Float32Array',
  'Float64Array',
] as const;
const widths: Readonly<Record<string, number>> = {
  Uint16Array: 2,
  Float32Array: 4,
  Float64Array: 8,
};

/** Bytes of the largest single buffer that is asked for while `run` runs. */
export async function largestAllocation(run: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  const before = watched.map((name) => [name, globalThis[name]] as const);
  for (const [name, original] of before) {
    const watching: typeof original = new Proxy(original, {
      construct(target, args: unknown[], made): object {
        const [length] = args;
        if (typeof length === 'number') largest = Math.max(largest, length * (widths[name] ?? 1));
        return Reflect.construct(target, args, made === watching ? target : made) as object;
      },
    });
    Object.defineProperty(globalThis, name, {
      value: watching,
      configurable: true,
      writable: true,
    });
  }
  try {
    await run();
  } finally {
    for (const [name, value] of before) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  return largest;
}
