/**
 * The safetensors format (huggingface/safetensors): an unsigned 64-bit header length, a JSON header
 * of names, dtypes, shapes and byte ranges, then the data, all little-endian.
 */
import { FormatError } from './errors.js';
import { halfToNumber, numberToHalf } from './half.js';
import { brief, isJsonObject, parseJson } from './json.js';
import { refuseLfsPointer } from './lfs.js';
import { byCodePoint } from './order.js';
import { elementCount, type HostTensor } from './tensor.js';

/** A tensor as read: row-major data and its shape. F16 is widened to 32 bits, exactly. */
export type StoredTensor = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'F32' | 'F16'; readonly data: Float32Array }
  | { readonly dtype: 'F64'; readonly data: Float64Array }
  | { readonly dtype: 'I32'; readonly data: Int32Array }
  | { readonly dtype: 'I64'; readonly data: BigInt64Array }
  | { readonly dtype: 'U8'; readonly data: Uint8Array }
);

export type Dtype = StoredTensor['dtype'];

/** The tensors of a safetensors file, and its metadata. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What to refuse in a safetensors file. */
export interface ReadOptions {
  /** Name of the file, for errors: usually the path. */
  readonly source?: string;
  /** Refuse NaN and infinities. */
  readonly requireFinite?: boolean;
}

/** How tensors are stored in a file. */
export interface WriteOptions {
  /** How floating-point tensors are stored: `f16` rounds to the nearest. Default: `f32`. */
  readonly precision?: 'f32' | 'f16' | undefined;
}

/** Other dtypes of the format, which nothing here computes with. */
const otherDtypes: readonly string[] =
  'BOOL I8 I16 U16 U32 U64 BF16 C64 F4 F6_E2M3 F6_E3M2 F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ'.split(
    ' ',
  );

const byteSizes: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
};

/** The reference reader's limit. */
const largestHeader = 100_000_000;
/** Far above any dimension of a tensor that fits a GPU. */
const largestDimension = 2 ** 31 - 1;
const prefixBytes = 8;
const metadataKey = '__metadata__';

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a whole file. Every byte of the data must belong to exactly one tensor, as the reference
 * reader demands; nothing is allocated before the header is known to agree with the file's size.
 *
 * @example
 * const { tensors, metadata } = readSafetensors(await files.read('model.safetensors'));
 * for (const [name, { shape }] of tensors) console.log(name, shape);
 *
 * @throws FormatError naming the tensor and what is wrong with it
 */
export function readSafetensors(bytes: Uint8Array, options: ReadOptions = {}): SafetensorsFile {
  const source = options.source ?? 'safetensors';
  refuseLfsPointer(bytes, source);
  const { header, data } = splitHeader(bytes, source);
  const { [metadataKey]: metadata, ...named } = header;
  const entries = Object.entries(named).map(([name, value]) => parseEntry(name, value, source));
  checkCoverage(entries, data.byteLength, source);
  const tensors = new Map<string, StoredTensor>();
  for (const entry of entries) {
    // Not slice(): a Node Buffer's would share its memory, unaligned.
    const tensor = decode(entry, new Uint8Array(data.subarray(entry.begin, entry.end)));
    if (options.requireFinite === true) checkFinite(entry.name, tensor, source);
    tensors.set(entry.name, tensor);
  }
  return { tensors, metadata: parseMetadata(metadata, source) };
}

/**
 * The bytes of a file with these tensors in the order of their names. Equal content gives equal
 * bytes; the data begins at a multiple of 8.
 *
 * @example
 * const mean = { shape: [2], data: Float32Array.of(0.5, 1) };
 * const bytes = writeSafetensors({ mean }, { made: 'by hand' });
 * console.log(readSafetensors(bytes).tensors.get('mean')?.shape); // [2]
 *
 * @throws FormatError if a shape does not match its data, or a finite number is too large for f16
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  { precision = 'f32' }: WriteOptions = {},
): Uint8Array {
  const names = Object.keys(tensors).sort(byCodePoint);
  // Joined by hand: JSON.stringify of an object would move names like "10" to the front.
  const fields: string[] = [];
  const metadataKeys = Object.keys(metadata).sort(byCodePoint);
  if (metadataKeys.length > 0) {
    const pairs = metadataKeys.map((k) => `${JSON.stringify(k)}:${JSON.stringify(metadata[k])}`);
    fields.push(`"${metadataKey}":{${pairs.join(',')}}`);
  }
  let dataBytes = 0;
  const placed: { begin: number; data: HostTensor['data'] | Uint16Array }[] = [];
  for (const name of names) {
    const tensor = tensors[name];
    if (tensor === undefined) continue;
    const { shape } = tensor;
    checkWritable(name, tensor);
    const halves = precision === 'f16' && tensor.data instanceof Float32Array;
    const data = halves ? toHalves(name, tensor.data) : tensor.data;
    const end = dataBytes + data.byteLength;
    const dtype: Dtype = halves ? 'F16' : data instanceof Int32Array ? 'I32' : 'F32';
    const entry = JSON.stringify({ dtype, shape, data_offsets: [dataBytes, end] });
    fields.push(`${JSON.stringify(name)}:${entry}`);
    placed.push({ begin: dataBytes, data });
    dataBytes = end;
  }

  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(prefixBytes + headerBytes + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, prefixBytes, prefixBytes + headerBytes);
  bytes.set(text, prefixBytes);
  for (const { begin, data } of placed) {
    const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    bytes.set(view, prefixBytes + headerBytes + begin);
  }
  return bytes;
}

function toHalves(name: string, data: Float32Array): Uint16Array {
  const large = data.findIndex((x) => Number.isFinite(x) && Math.abs(x) >= 65520);
  if (large === -1) return Uint16Array.from(data, numberToHalf);
  throw new FormatError(
    `tensor ${brief(name)}: element ${large} is ${data[large]}, too large for f16`,
    'Write it in f32.',
  );
}

function splitHeader(
  bytes: Uint8Array,
  source: string,
): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < prefixBytes) {
    throw damaged(source, `${bytes.length} bytes are too few for a safetensors file`);
  }
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const available = bytes.length - prefixBytes;
  if (declared > BigInt(Math.min(available, largestHeader))) {
    throw damaged(source, `the header claims ${declared} bytes, ${available} follow`);
  }
  const headerEnd = prefixBytes + Number(declared);
  const json = decodeUtf8(bytes.subarray(prefixBytes, headerEnd), source);
  const header = parseJson(json, `${source}: header`);
  if (!isJsonObject(header)) throw damaged(source, 'the header is not a JSON object');
  return { header, data: bytes.subarray(headerEnd) };
}

function decodeUtf8(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw damaged(source, 'the header is not UTF-8 text', error);
  }
}

function parseEntry(name: string, value: unknown, source: string): Entry {
  const fail = (problem: string): FormatError => tensorError(source, name, problem);
  if (!isJsonObject(value)) throw fail('its header entry is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype === 'string' && otherDtypes.includes(dtype)) {
    throw new FormatError(
      `${source}: tensor ${brief(name)} is ${dtype}, which is not supported`,
      'Store its tensors as F32, for example with tensor.float() in PyTorch.',
    );
  }
  if (!isDtype(dtype)) {
    const known = Object.keys(byteSizes).join(', ');
    throw fail(`dtype ${brief(dtype)} is not one of ${known}`);
  }
  if (!isIntegers(shape) || shape.some((n) => n > largestDimension)) {
    throw fail(`shape ${brief(shape)} is not a list of integers from 0 to ${largestDimension}`);
  }
  if (!isIntegers(offsets) || offsets.length !== 2) {
    throw fail(`data_offsets ${brief(offsets)} are not two integers of at least 0`);
  }
  const [begin = 0, end = 0] = offsets;
  // In floating point a huge shape may round, but then it cannot equal the size of a real file.
  const needed = elementCount(shape) * byteSizes[dtype];
  if (end - begin !== needed) {
    throw fail(
      `shape ${brief(shape)} of ${dtype} needs ${needed} bytes, data_offsets hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The ranges, in order, must tile the data: no overlap, no hole, no end outside. */
function checkCoverage(entries: readonly Entry[], dataBytes: number, source: string): void {
  let covered = 0;
  let before = 'the header';
  for (const { name, begin, end } of [...entries].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (end > dataBytes) {
      throw tensorError(source, name, `its data ends at byte ${end} of ${dataBytes}`);
    }
    if (begin < covered) {
      throw tensorError(source, name, `its data overlaps that of ${brief(before)}`);
    }
    if (begin > covered) {
      throw tensorError(source, name, `bytes ${covered} to ${begin} before it belong to no tensor`);
    }
    covered = end;
    before = name;
  }
  if (covered !== dataBytes) {
    throw damaged(source, `the last ${dataBytes - covered} bytes belong to no tensor`);
  }
}

function parseMetadata(value: unknown, source: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw damaged(source, `${metadataKey} is not an object`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw damaged(source, `${metadataKey} ${brief(key)} is not a string`);
    }
  }
  return value as Record<string, string>;
}

/** `bytes` is a copy of its own, so its buffer starts at 0: aligned for every dtype. */
function decode({ dtype, shape }: Entry, bytes: Uint8Array): StoredTensor {
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(bytes.buffer) };
    case 'F16':
      return { dtype, shape, data: Float32Array.from(new Uint16Array(bytes.buffer), halfToNumber) };
    case 'F64':
      return { dtype, shape, data: new Float64Array(bytes.buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(bytes.buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(bytes.buffer) };
    case 'U8':
      return { dtype, shape, data: bytes };
  }
}

function checkFinite(name: string, { data }: StoredTensor, source: string): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return;
  // a loop: findIndex takes ten times as long, and features are checked whenever they are read
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at])) continue;
    throw tensorError(source, name, `element ${at} is ${data[at]}`);
  }
}

function checkWritable(name: string, { shape, data }: HostTensor): void {
  if (name === metadataKey) {
    throw new FormatError(`a tensor cannot be named ${metadataKey}`, 'Give it another name.');
  }
  if (!isIntegers(shape) || elementCount(shape) !== data.length) {
    throw new FormatError(
      `tensor ${JSON.stringify(name)}: shape ${brief(shape)} does not hold ${data.length} elements`,
      'Correct its shape.',
    );
  }
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(byteSizes, value);
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function tensorError(source: string, name: string, problem: string): FormatError {
  return damaged(source, `tensor ${brief(name)}: ${problem}`);
}

function damaged(source: string, problem: string, cause?: unknown): FormatError {
  const hint =
    'The file is damaged, truncated or not a safetensors file: create or download it again.';
  return new FormatError(`${source}: ${problem}`, hint, { cause });
}
