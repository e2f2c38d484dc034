import { createRequire } from 'node:module';
import type { SvmClass } from 'libsvm-js';
import type { SolveSvm, SvmProblem, SvmSolution } from '../../core/svm.js';

/** MB of kernel values that libsvm keeps. */
const KERNEL_CACHE = 200;

let loading: Promise<SolveSvm> | undefined;

/**
 * libsvm in WebAssembly, by the package `libsvm-js`: loaded once, when it is first asked for.
 *
 * @example
 * await runExperiment({
 *   ...{
 *     files,
 *     out: 'paper',
 *     protocol,
 *     protocolHash: await protocolHash(protocol),
 *     data: loaded,
 *   },
 *   ...{ engine: async () => engine, reopen: () => openEngine(), svm: loadLibsvm },
 * });
 */
export function loadLibsvm(): Promise<SolveSvm> {
  loading ??= required().then((Svm) => (problem) => solve(Svm, problem));
  return loading;
}

/**
 * Loads the package without two habits of its compiler's runtime: it warns that Node cannot fetch a file by
 * path, and it ends the process silently for any rejected promise. Loading is synchronous, so nobody misses
 * `fetch` meanwhile.
 */
function required(): Promise<SvmClass> {
  const before = new Set(process.listeners('unhandledRejection'));
  const { fetch } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'fetch');
    return createRequire(import.meta.url)('libsvm-js') as Promise<SvmClass>;
  } finally {
    Object.defineProperty(globalThis, 'fetch', {
      value: fetch,
      writable: true,
      configurable: true,
    });
    for (const listener of process.listeners('unhandledRejection')) {
      if (!before.has(listener)) process.off('unhandledRejection', listener);
    }
  }
}

function solve(Svm: SvmClass, { rows, classes, cost, gamma, weights }: SvmProblem): SvmSolution {
  const weight = Object.fromEntries(weights.map((factor, c) => [c, factor]));
  const svm = new Svm({
    ...{ type: '0', kernel: '2', cost, gamma, weight },
    ...{ cacheSize: KERNEL_CACHE, quiet: true },
  });
  try {
    svm.train(rows, classes);
    return { supports: svm.getSVIndices(), ...parsed(svm.serializeModel()) };
  } finally {
    svm.free();
  }
}

/** All of libsvm's model file but the support vectors, which are rows that we have. */
function parsed(text: string): Omit<SvmSolution, 'supports'> {
  const [header = '', body = ''] = text.split('\nSV\n');
  const fields = new Map(
    header.split('\n').map((line) => {
      const [name = '', ...values] = line.trim().split(' ');
      return [name, values.map(Number)];
    }),
  );
  const order = fields.get('label') ?? [];
  const lines = body.trimEnd().split('\n');
  const coefficients = order.slice(1).map(() => new Float64Array(lines.length));
  lines.forEach((line, i) => {
    line
      .split(' ', coefficients.length)
      .forEach((value, c) => (coefficients[c]![i] = Number(value)));
  });
  const counts = fields.get('nr_sv') ?? [];
  return { order, counts, coefficients, offsets: fields.get('rho') ?? [] };
}
