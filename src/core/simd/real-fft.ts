import { radicesOf, twiddlesOf } from '../fft-plan.js';
import type { RealFft } from '../real-fft.js';
import {
  add,
  type Address,
  Body,
  conjugate,
  load,
  moduleOf,
  mul,
  pair,
  type Pair,
  pick,
  sub,
  timesMinusI,
} from './assembler.js';
import { butterflies } from './butterflies.js';

const COMPLEX = 16;
/** A factor w as two pairs, (Re w, Re w) and (-Im w, Im w): see `times`. */
const FACTOR = 2 * COMPLEX;
const PAGE = 65_536;

/**
 * `RealFft` two numbers at a time: a complex number is one f64x2.
 *
 * @param length N, even; N / 2 as `Fft` takes it
 * @returns undefined where WebAssembly or its SIMD is missing or forbidden
 */
export function simdRealFft(length: number): RealFft | undefined {
  const half = length / 2;
  const input = 0;
  const scratch = half * COMPLEX;
  const output = 2 * half * COMPLEX;
  const factors = output + (half + 1) * COMPLEX;
  const { values, stages, untangle } = factorsOf(half);
  const pages = Math.ceil((factors + 8 * values.length) / PAGE);

  const fft = new Body(ADDRESSES);
  const pointers = addressesOf(fft);
  let [from, to] = [input, scratch];
  for (const { radix, groups, stride, at } of stages) {
    writeStage(fft, pointers, { radix, groups, stride, from, to, factors: factors + at });
    [from, to] = [to, from];
  }
  const last = { half, from, output, factors: factors + untangle };
  const bytes = moduleOf({
    fft,
    transform: untangled(last, asSpectrum),
    power: untangled(last, asPower),
  });
  try {
    const memory = new WebAssembly.Memory({ initial: pages });
    new Float64Array(memory.buffer, factors, values.length).set(values);
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { host: { memory } });
    return {
      input: new Float64Array(memory.buffer, input, length),
      output: new Float64Array(memory.buffer, output, 2 * (half + 1)),
      transform: exports['transform'] as () => void,
      power: exports['power'] as () => void,
    };
  } catch {
    // An old engine, or a page's content security policy: the same in JavaScript, at half the speed.
    return undefined;
  }
}

const ADDRESSES = 5;
type Addresses = [Address, Address, Address, Address, Address];

const addressesOf = (body: Body): Addresses => [
  body.address(),
  body.address(),
  body.address(),
  body.address(),
  body.address(),
];

interface StagePlace {
  readonly radix: 4 | 5 | 8;
  readonly groups: number;
  readonly stride: number;
  /** Where its factors begin among all. */
  readonly at: number;
}

function factorsOf(half: number) {
  const values: number[] = [];
  const push = (re: number, im: number): number => values.push(re, re, -im, im);
  const stages: StagePlace[] = [];
  let stride = 1;
  for (const radix of radicesOf(half)) {
    const groups = half / stride / radix;
    stages.push({ radix, groups, stride, at: 8 * values.length });
    const { re, im } = twiddlesOf(radix, groups);
    re.forEach((own, i) => push(own, im[i]!));
    stride *= radix;
  }
  const untangle = 8 * values.length;
  for (let k = 0; 2 * k <= half; k++) {
    const angle = (Math.PI * k) / half;
    push(Math.cos(angle) / 2, -Math.sin(angle) / 2);
  }
  return { values, stages, untangle };
}

/** A complex product with the factor at an address. */
const times = (a: Pair, re: Pair, im: Pair): Pair => add(mul(a, re), mul(pick(a, a, 1, 0), im));

/** One pass of Stockham's algorithm, as in `Fft`. */
function writeStage(
  body: Body,
  [i, o, w, end]: Addresses,
  stage: Omit<StagePlace, 'at'> & { from: number; to: number; factors: number },
): void {
  const { radix, groups, stride, from, to, factors } = stage;
  const column = stride * COMPLEX;
  const span = groups * column;
  const outputs = Array.from({ length: radix }, (_, r) => r);
  for (const at of [i, o, w]) body.reset(at);
  body.repeatWhileBelow(i, span, () => {
    const twiddles = outputs.map((r) =>
      r === 0 || groups === 1
        ? undefined
        : ([0, COMPLEX] as const).map((part) =>
            body.keep(load(w, factors + (r - 1) * FACTOR + part)),
          ),
    );
    body.set(end, i, column);
    body.repeatWhileBelow(i, end, () => {
      const x = outputs.map((n) => body.keep(load(i, from + n * span)));
      butterflies[radix](body, x).forEach((y, r) => {
        const [re, im] = twiddles[r] ?? [];
        const turned = re && im ? times(body.keep(y), re, im) : y;
        body.store(o, to + r * column, turned);
      });
      body.set(i, i, COMPLEX);
      body.set(o, o, COMPLEX);
    });
    body.set(o, o, (radix - 1) * column);
    body.set(w, w, (radix - 1) * FACTOR);
  });
}

/** How bins X_k and X_(N/2-k), the second conjugated, are kept in `output`, so many bytes from one to the next. */
interface Keep {
  readonly bytes: number;
  readonly write: (
    body: Body,
    k: Address,
    mirror: Address,
    bins: readonly [Pair, Pair],
    output: number,
  ) => void;
}

const asSpectrum: Keep = {
  bytes: COMPLEX,
  write(body, k, mirror, [bin, other], output) {
    body.store(k, output, bin);
    body.store(mirror, output, conjugate(other));
  },
};

const asPower: Keep = {
  bytes: COMPLEX / 2,
  write(body, k, mirror, bins, output) {
    const [a, b] = bins.map((bin) => body.keep(mul(bin, bin))) as [Pair, Pair];
    const powers = body.keep(add(pick(a, b, 0, 2), pick(a, b, 1, 3)));
    body.storeHalf(k, output, powers, 0);
    body.storeHalf(mirror, output, powers, 1);
  },
};

/** Where the complex transform's result is, where the bins go, where the factors begin. */
interface Places {
  readonly half: number;
  readonly from: number;
  readonly output: number;
  readonly factors: number;
}

/** The complex transform, then the real one's bins from it, as `RealFft` has it. */
function untangled({ half, from, output, factors }: Places, { bytes, write }: Keep): Body {
  const body = new Body(ADDRESSES);
  body.call(0);
  const [k, mirror, w, out, outMirror] = addressesOf(body);
  for (const at of [k, w, out]) body.reset(at);
  body.set(mirror, k, half * COMPLEX);
  body.set(outMirror, k, half * bytes);
  body.store(mirror, from, load(k, from)); // Z_0 is its own mirror
  body.repeatWhileBelow(k, (Math.floor(half / 2) + 1) * COMPLEX, () => {
    const a = body.keep(load(k, from));
    const b = body.keep(conjugate(load(mirror, from)));
    const even = body.keep(mul(pair(0.5, 0.5), add(a, b)));
    const odd = body.keep(timesMinusI(body.keep(sub(a, b))));
    const turned = body.keep(times(odd, load(w, factors), load(w, factors + COMPLEX)));
    const bins = [body.keep(add(even, turned)), body.keep(sub(even, turned))] as const;
    write(body, out, outMirror, bins, output);
    body.set(k, k, COMPLEX);
    body.set(mirror, mirror, -COMPLEX);
    body.set(w, w, FACTOR);
    body.set(out, out, bytes);
    body.set(outMirror, outMirror, -bytes);
  });
  return body;
}
