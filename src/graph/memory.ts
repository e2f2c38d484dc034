import { elementCount } from '../core/tensor.js';
import {
  bytesPerElement,
  rootOf,
  type BufferPlan,
  type Pass,
  type Program,
  type Tensor,
  type TensorPlace,
} from './types.js';
import { accesses } from './validate.js';

interface Lifetime {
  readonly tensor: Tensor;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

function bytesOf(tensor: Tensor): number {
  return elementCount(tensor.shape) * bytesPerElement(tensor.dtype);
}

/** Whether a tensor shares its buffer with others. */
function borrows({ kind }: Tensor): boolean {
  return kind === 'transient' || kind === 'result';
}

/** First and last pass that uses each tensor (views count for their base); a result lives to the end. */
function lifetimes(passes: readonly Pass[], tensors: readonly Tensor[]): Lifetime[] {
  const spans = new Map<Tensor, { first: number; last: number }>();
  passes.forEach((pass, index) => {
    const { reads, writes } = accesses(pass);
    for (const tensor of [...reads, ...writes]) {
      const span = spans.get(tensor);
      if (span) span.last = index;
      else spans.set(tensor, { first: index, last: index });
    }
  });
  return tensors
    .filter((tensor) => rootOf(tensor) === tensor)
    .flatMap((tensor) => {
      const span = spans.get(tensor);
      if (!span && borrows(tensor)) return []; // unused: it needs no memory
      const own = { tensor, bytes: bytesOf(tensor), ...(span ?? { first: 0, last: 0 }) };
      return [tensor.kind === 'result' ? { ...own, last: passes.length - 1 } : own];
    });
}

/**
 * Assigns a buffer to every tensor. Transients share whole buffers, largest first, each into the
 * buffer whose size fits best among those free for its whole lifetime: "greedy by size for shared
 * objects" of Pisarchyk & Lee, Efficient Memory Management for Deep Neural Net Inference (2020).
 * Whole buffers, not slices of one: a dispatch may not read and write parts of the same buffer.
 */
export function planMemory(
  passes: readonly Pass[],
  tensors: readonly Tensor[],
): Pick<Program, 'places' | 'buffers' | 'bytes' | 'bytesWithoutReuse'> {
  const places = new Map<string, TensorPlace>();
  const buffers: { plan: BufferPlan; names: string[]; spans: Lifetime[] }[] = [];
  const all = lifetimes(passes, tensors);

  const place = (life: Lifetime, buffer: number) => {
    const { bytes, first, last } = life;
    places.set(life.tensor.name, { buffer, offset: 0, bytes, first, last });
  };
  const addBuffer = (life: Lifetime, name: string) => {
    const names = [life.tensor.name];
    const kind = borrows(life.tensor) ? 'transient' : life.tensor.kind;
    const plan: BufferPlan = { name, kind, bytes: life.bytes, tensors: names };
    buffers.push({ plan, names, spans: [life] });
    place(life, buffers.length - 1);
  };

  for (const life of all) {
    if (!borrows(life.tensor)) addBuffer(life, life.tensor.name);
  }
  const transients = all.filter(({ tensor }) => borrows(tensor));
  // stable for equal sizes, so that the plan depends only on the graph
  transients.sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  let shared = 0;
  for (const life of transients) {
    const free = buffers.findLastIndex(
      ({ plan, spans }) =>
        plan.kind === 'transient' &&
        plan.bytes >= life.bytes &&
        spans.every((span) => life.first > span.last || life.last < span.first),
    );
    const buffer = buffers[free];
    if (buffer) {
      buffer.spans.push(life);
      buffer.names.push(life.tensor.name);
      place(life, free);
    } else addBuffer(life, `shared ${shared++}`);
  }
  return {
    places,
    buffers: buffers.map(({ plan }) => plan),
    bytes: buffers.reduce((sum, { plan }) => sum + plan.bytes, 0),
    bytesWithoutReuse: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Location of a tensor or view in its buffer. */
export function placeOf(program: Pick<Program, 'places'>, tensor: Tensor): TensorPlace {
  const root = rootOf(tensor);
  const place = program.places.get(root.name);
  if (!place) throw new Error(`tensor ${root.name} has no memory`);
  let offset = 0;
  for (let t: Tensor | undefined = tensor; t; t = t.base)
    offset += t.offset * bytesPerElement(t.dtype);
  const bytes = tensor === root ? place.bytes : bytesOf(tensor);
  return { ...place, offset, bytes };
}
