import type { ModelConfig } from '../core/config.js';
import type { Executable, Prepared } from '../gpu/executable.js';
import type { Executor } from '../gpu/executor.js';
import { readBuffers } from '../gpu/readback.js';
import { functionalCount } from '../core/functionals.js';
import { placeOf } from '../graph/memory.js';
import { bytesPerElement, type DispatchPass, type Scalars } from '../graph/types.js';
import { accesses } from '../graph/validate.js';
import { activeBindings } from '../kernels/descriptor.js';
import { axisNames } from '../network/time.js';
import { takesFunctionals, type PackedBatch } from './batch.js';
import type { FrameBatch, Tensors } from './types.js';

/** The first value of a step that is not finite. */
export interface NotFinite {
  /** NaN, Infinity or -Infinity. */
  readonly value: number;
  /** `features`, `functionals`, a parameter by its SPEC name, or a tensor of the step as `alstm graph` names it. */
  readonly tensor: string;
  /** Index among the tensor's values; for `features`, within its frame, for `functionals` within its utterance. */
  readonly index: number;
  /** The pass that wrote it; absent for an input. */
  readonly pass?: { readonly name: string; readonly kernel: string };
  /** Row of the batch, if the tensor has one per utterance or per frame. */
  readonly utterance?: number;
  /** From 0, of that utterance; the first of its group if the network has subsampled them. */
  readonly frame?: number;
}

/**
 * The finding as part of a sentence: `pass 'frontend' (matmul_nt) wrote NaN into 'frontend' (frame
 * 31 of utterance 4 of the batch)`.
 *
 * @example
 * const told: NotFinite = { value: NaN, tensor: 'loss', index: 0 };
 * console.log(notFiniteText(told));
 *
 * @param nameOf names an utterance of the batch by its row
 */
export function notFiniteText(
  { value, tensor, index, pass, utterance, frame }: NotFinite,
  nameOf = (row: number): string => `utterance ${row} of the batch`,
): string {
  const whose = utterance === undefined ? '' : nameOf(utterance);
  if (pass === undefined) {
    if (utterance === undefined) return `parameter '${tensor}' holds ${value} (value ${index})`;
    if (frame === undefined) return `the ${tensor} of ${whose} hold ${value} (value ${index})`;
    return `the features of ${whose} hold ${value} (frame ${frame}, feature ${index})`;
  }
  const row = frame === undefined ? whose : `frame ${frame} of ${whose}`;
  const where = utterance === undefined ? `value ${index}` : row;
  return `pass '${pass.name}' (${pass.kernel}) wrote ${value} into '${tensor}' (${where})`;
}

/** The first feature of a batch that is not finite, or the first functional that is given. */
export function featureNotFinite(
  model: ModelConfig,
  { features, lengths, functionals }: FrameBatch,
): NotFinite | undefined {
  const F = model.features;
  const at = features.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return functionalNotFinite(model, functionals);
  let frame = Math.floor(at / F);
  let utterance = 0;
  for (; frame >= (lengths[utterance] ?? Infinity); utterance++) frame -= lengths[utterance] ?? 0;
  return { value: features[at] ?? NaN, tensor: 'features', index: at % F, utterance, frame };
}

/** The first functional of a batch that is not finite, if the model takes them. */
function functionalNotFinite(
  model: ModelConfig,
  functionals: Float32Array = new Float32Array(),
): NotFinite | undefined {
  if (!takesFunctionals(model)) return undefined;
  const each = functionalCount(model.features);
  const at = functionals.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return undefined;
  const utterance = Math.floor(at / each);
  return { value: functionals[at] ?? NaN, tensor: 'functionals', index: at % each, utterance };
}

/** The first value of named tensors that is not finite. */
export function tensorNotFinite(tensors: Tensors): NotFinite | undefined {
  for (const [tensor, { data }] of Object.entries(tensors)) {
    const index = data.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) return { value: data[index] ?? NaN, tensor, index };
  }
  return undefined;
}

/** Most pieces in which a chain of passes on the same tensors is read back. */
const MOST_PIECES = 16;
/** Bytes read back at once. */
const READ_BYTES = 32 * 2 ** 20;

/**
 * Runs a program pass by pass and checks everything each one writes, because buffers are reused by other
 * tensors later. In a chain of passes that write the same tensors, such as a dispatch per time step, up to
 * a sixteenth is run at once.
 */
export class Replay {
  constructor(
    private readonly executor: Executor,
    private readonly executable: Executable,
    scalars: Scalars,
  ) {
    executable.setScalars(scalars);
  }

  /** @param packed the microbatch that the program has been given */
  async run(packed: PackedBatch): Promise<NotFinite | undefined> {
    for (const [from, to] of piecesOf(this.executable.prepared)) {
      const found = await this.#pass(from, to, packed);
      if (found) return found;
    }
    return undefined;
  }

  /** For an update program: runs its first pass, which sums the gradients' squares, and checks that sum. */
  async norm(): Promise<NotFinite | undefined> {
    const found = await this.#pass(0, 1);
    if (found) return found;
    const [data] = await readBuffers(this.executable.gpu, [this.executable.range('squares')]);
    const value = new Float32Array(data ?? []).reduce((sum, x) => Math.fround(sum + x), 0);
    const pass = { name: 'clip', kernel: 'clip_scale' };
    return Number.isFinite(value) ? undefined : { value, tensor: 'clip', index: 1, pass };
  }

  async #pass(from: number, to: number, packed?: PackedBatch): Promise<NotFinite | undefined> {
    const { executable } = this;
    this.executor.runPasses(executable, from, to, this.#begun(from, to));
    const [first, last] = [executable.prepared[from], executable.prepared[to - 1]];
    if (first?.kind !== 'dispatch' || last?.kind !== 'dispatch') return undefined;
    const { pass, values } = last;
    for (const { name, descriptor } of activeBindings(pass.kernel, pass.defines)) {
      const tensor = pass.bindings[name];
      if (descriptor.access === 'read' || tensor === undefined) continue;
      if (tensor.dtype !== 'f32' && tensor.dtype !== 'f16') continue;
      const each = bytesPerElement(tensor.dtype);
      const place = placeOf(executable.program, tensor);
      const used = descriptor.shape.map((d) => (typeof d === 'number' ? d : (values[d] ?? 0)));
      const count = Math.min(
        place.bytes / each,
        used.reduce((product, n) => product * n, 1),
      );
      const buffer = executable.buffers[place.buffer];
      if (buffer === undefined) continue;
      const range = { buffer, offset: place.offset, bytes: count * each };
      const found = await this.#firstIn(range, each);
      if (found === undefined) continue;
      const names = [...new Set([first.pass.name, pass.name])].join("' to '");
      const row = packed && rowOf(pass, descriptor.shape[0], found.index, count, packed);
      return {
        ...found,
        tensor: tensor.name,
        pass: { name: names, kernel: pass.kernel.name },
        ...row,
      };
    }
    return undefined;
  }

  /** Shared buffers whose tensor begins its life here: values left by an earlier one do not count. */
  #begun(from: number, to: number): GPUBuffer[] {
    const { program, buffers } = this.executable;
    const roots = program.passes.slice(from, to).flatMap((pass) => accesses(pass).writes);
    return [...new Set(roots)].flatMap((tensor) => {
      const { first, buffer } = placeOf(program, tensor);
      const own = buffers[buffer];
      return tensor.kind === 'transient' && first >= from && own ? [own] : [];
    });
  }

  async #firstIn(
    { buffer, offset, bytes }: { buffer: GPUBuffer; offset: number; bytes: number },
    each: number,
  ): Promise<{ index: number; value: number } | undefined> {
    for (let from = 0; from < bytes; from += READ_BYTES) {
      // copies are of whole words
      const size = Math.ceil(Math.min(READ_BYTES, bytes - from) / 4) * 4;
      const range = { buffer, offset: offset + from, bytes: size };
      const [data = new ArrayBuffer(0)] = await readBuffers(this.executable.gpu, [range]);
      const count = Math.min(size, bytes - from) / each;
      const words = each === 2 ? new Uint16Array(data, 0, count) : new Uint32Array(data, 0, count);
      const [exponent, fraction] = each === 2 ? [0x7c00, 0x3ff] : [0x7f800000, 0x7fffff];
      const at = words.findIndex((word) => (word & exponent) === exponent);
      if (at < 0) continue;
      const word = words[at] ?? 0;
      const infinity = word >>> (8 * each - 1) === 1 ? -Infinity : Infinity;
      return { index: from / each + at, value: (word & fraction) === 0 ? infinity : NaN };
    }
    return undefined;
  }
}

/** Passes that are run together: each by itself, except for chains on the same tensors. */
function piecesOf(prepared: readonly Prepared[]): [from: number, to: number][] {
  const pieces: [number, number][] = [];
  for (let from = 0; from < prepared.length;) {
    let past = from + 1;
    while (past < prepared.length && sameTensors(prepared[from], prepared[past])) past++;
    const each = Math.ceil((past - from) / MOST_PIECES);
    for (let at = from; at < past; at += each) pieces.push([at, Math.min(at + each, past)]);
    from = past;
  }
  return pieces;
}

function sameTensors(a: Prepared | undefined, b: Prepared | undefined): boolean {
  if (a?.kind !== 'dispatch' || b?.kind !== 'dispatch') return false;
  if (a.pass.kernel !== b.pass.kernel) return false;
  return Object.entries(a.pass.bindings).every(
    ([name, tensor]) => tensor === b.pass.bindings[name],
  );
}

/** The utterance and frame of a value, if the tensor's first dimension is one of them. */
function rowOf(
  pass: DispatchPass,
  dimension: string | number | undefined,
  index: number,
  count: number,
  { scalars, rows, sequences, axes }: PackedBatch,
): Pick<NotFinite, 'utterance' | 'frame'> {
  const quantity = typeof dimension === 'string' ? pass.uniforms[dimension] : undefined;
  if (typeof quantity !== 'string') return {};
  const row = Math.floor(index / (count / (scalars[quantity] ?? NaN)));
  if (quantity === 'utterances') return { utterance: rows[row] ?? row };
  const axis = axes.findIndex((_, a) => axisNames(a).steps === quantity);
  const ends = sequences[axis];
  if (ends === undefined) return {};
  const packed = rows.findLastIndex((_, r) => (ends[2 * r] ?? Infinity) <= row);
  const step = row - (ends[2 * packed] ?? 0);
  return { utterance: rows[packed] ?? packed, frame: step * (axes[axis] ?? 1) };
}
