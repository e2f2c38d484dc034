/**
 * NumPy's `.npy` format (numpy.lib.format): a magic string, a version, the header's length, a Python dictionary
 * of `descr`, `fortran_order` and `shape`, then the data.
 */
import { FormatError } from './errors.js';
import { halfToNumber } from './half.js';
import { brief } from './json.js';
import { refuseLfsPointer } from './lfs.js';
import { elementCount } from './tensor.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** Bytes of one number. */
const sizes = { '<f2': 2, '<f4': 4, '<f8': 8 } as const;
type Descr = keyof typeof sizes;

/** An array of floats, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** float16 is widened to 32 bits, exactly. */
  readonly data: Float32Array | Float64Array;
}

/**
 * Reads an array of float16, float32 or float64 in little-endian and C order.
 *
 * @param source name of the file, for errors: usually the path
 * @throws FormatError for another format, dtype or order, and where the size is not that of the shape
 */
export function readNpy(bytes: Uint8Array, source: string): NpyArray {
  refuseLfsPointer(bytes, source);
  const { header, data } = splitHeader(bytes, source);
  const descr = header['descr'];
  if (!isDescr(descr)) {
    throw new FormatError(
      `${source}: its dtype is ${brief(descr)}, expected float16, float32 or float64 ("<f2", "<f4", "<f8")`,
      'Save it as float32: np.save(path, features.astype("<f4")).',
    );
  }
  if (header['fortran_order'] !== 'False') {
    throw new FormatError(
      `${source}: the array is in Fortran order`,
      'Save it in C order: np.save(path, np.ascontiguousarray(features)).',
    );
  }
  const shape = shapeOf(header['shape'], source);
  const needed = elementCount(shape) * sizes[descr];
  if (needed !== data.byteLength) {
    const has = `the shape [${shape.join(', ')}] of ${descr} needs ${needed} bytes of data`;
    throw damaged(source, `${has}, there are ${data.byteLength}`);
  }
  return { shape, data: numbersOf(descr, new Uint8Array(data)) };
}

function splitHeader(
  bytes: Uint8Array,
  source: string,
): { readonly header: Readonly<Record<string, string>>; readonly data: Uint8Array } {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw damaged(source, 'not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major = 0] = bytes.subarray(6);
  const start = major === 1 ? 10 : 12;
  if (major < 1 || major > 3 || bytes.length < start) {
    throw damaged(source, `version ${major} of the format, expected 1, 2 or 3`);
  }
  const end = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) throw damaged(source, 'the header is truncated');
  return {
    header: fieldsOf(new TextDecoder().decode(bytes.subarray(start, end))),
    data: bytes.subarray(end),
  };
}

/** The fields of `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, strings without their quotes. */
function fieldsOf(text: string): Readonly<Record<string, string>> {
  const fields = text.matchAll(/'(\w+)'\s*:\s*(?:'([^']*)'|(\([^)]*\)|\w+|\[.*\]))/g);
  const pairs = Array.from(fields, ([, key = '', quoted, bare = '']) => [key, quoted ?? bare]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** The numbers of `(3, 4)`; of `()` none, of `(3,)` one. */
function shapeOf(text: string | undefined, source: string): number[] {
  const inner = /^\(([\d\s,]*)\)$/.exec(text ?? '')?.[1];
  if (inner === undefined) throw damaged(source, `its shape is ${brief(text)}`);
  return inner
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
}

/** `bytes` is a copy of its own: aligned for every dtype. */
function numbersOf(descr: Descr, { buffer }: Uint8Array<ArrayBuffer>): NpyArray['data'] {
  switch (descr) {
    case '<f2':
      return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    case '<f4':
      return new Float32Array(buffer);
    case '<f8':
      return new Float64Array(buffer);
  }
}

function isDescr(value: string | undefined): value is Descr {
  return value !== undefined && Object.hasOwn(sizes, value);
}

function damaged(source: string, problem: string): FormatError {
  return new FormatError(
    `${source}: ${problem}`,
    'The file is damaged, truncated or not a .npy file: create it again with np.save.',
  );
}
