import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/core/errors.js';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import type { HostTensor } from '../../src/core/tensor.js';

/** A file with exactly this header text and data, so that a test can write what the writer won't. */
function file(header: string, data = new Uint8Array(0), declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function entry(dtype: string, shape: unknown, begin: unknown, end: unknown): string {
  return JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
}

describe('writeSafetensors and readSafetensors', () => {
  const tensors = {
    'b.weight': { shape: [2, 3], data: new Float32Array([1, -2.5, 3e-39, 4, 5, -0]) },
    'a.index': { shape: [2], data: new Int32Array([-7, 2 ** 31 - 1]) },
    '10': { shape: [], data: new Float32Array([42]) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
  };

  it('gives back what it was given, bit for bit', () => {
    const read = readSafetensors(writeSafetensors(tensors, { format: 'x', note: 'ż "q"\n' }));
    expect(read.metadata).toEqual({ format: 'x', note: 'ż "q"\n' });
    expect(read.tensors.get('b.weight')).toEqual({ dtype: 'F32', ...tensors['b.weight'] });
    expect(read.tensors.get('a.index')).toEqual({ dtype: 'I32', ...tensors['a.index'] });
    expect(read.tensors.get('10')).toEqual({ dtype: 'F32', ...tensors['10'] });
    expect(read.tensors.get('empty')).toEqual({ dtype: 'F32', ...tensors.empty });
    expect(read.tensors.size).toBe(4);
  });

  it('sorts names, pads the header to 8 bytes and does not depend on the order given', () => {
    const bytes = writeSafetensors(tensors, { z: '1', y: '2' });
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
    const order = ['__metadata__', '"y"', '"z"', '"10"', '"a.index"', '"b.weight"', '"empty"'];
    const places = order.map((name) => header.indexOf(name));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(writeSafetensors(reversed, { y: '2', z: '1' })).toEqual(bytes);
  });

  it('writes only the part of a larger buffer that a view shows', () => {
    const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const read = readSafetensors(writeSafetensors({ v: { shape: [2], data: view } }));
    expect(read.tensors.get('v')?.data).toEqual(new Float32Array([1, 2]));
  });

  it('reads what the reference implementation wrote', () => {
    const folders = ['test/fixtures/network', 'test/fixtures/features'];
    for (const path of folders.flatMap((f) => readdirSync(f).map((name) => `${f}/${name}`))) {
      // unlabelled numbers are NaN
      const requireFinite = !/gradient_reversal|mse|ccc|regression/.test(path);
      const read = readSafetensors(readFileSync(path), { source: path, requireFinite });
      expect(read.tensors.size, path).toBeGreaterThanOrEqual(3);
      const again = writeSafetensors(
        Object.fromEntries(read.tensors) as Record<string, HostTensor>,
      );
      for (const [name, { shape, data }] of readSafetensors(again).tensors) {
        const first = read.tensors.get(name);
        expect(shape, `${path} ${name}`).toEqual(first?.shape);
        expect(Buffer.from(data.buffer).equals(Buffer.from(first!.data.buffer))).toBe(true);
      }
    }
  });

  it('copies the data out of a Node Buffer, whatever its alignment', () => {
    const padded = Buffer.concat([Buffer.from([0]), writeSafetensors(tensors)]).subarray(1);
    const read = readSafetensors(padded);
    padded.fill(0);
    expect(read.tensors.get('b.weight')?.data).toEqual(tensors['b.weight'].data);
  });

  it('reads F16, F64, I64 and U8', () => {
    const data = new Uint8Array(40);
    const view = new DataView(data.buffer);
    view.setFloat64(0, Math.PI, true);
    view.setBigInt64(8, -(2n ** 62n), true);
    // Of binary16: 1/3, the smallest subnormal, the largest value, -0, -infinity, NaN.
    const halves = [0x3555, 0x0001, 0x7bff, 0x8000, 0xfc00, 0x7e00];
    halves.forEach((bits, i) => view.setUint16(16 + 2 * i, bits, true));
    data.set([0, 255, 7], 28);
    const header = `{"d":${entry('F64', [1], 0, 8)},"l":${entry('I64', [], 8, 16)},"h":${entry(
      'F16',
      [6],
      16,
      28,
    )},"u":${entry('U8', [3, 4], 28, 40)}}`;
    const { tensors: read } = readSafetensors(file(header, data));
    expect(read.get('d')).toEqual({ dtype: 'F64', shape: [1], data: new Float64Array([Math.PI]) });
    expect(read.get('l')?.data).toEqual(new BigInt64Array([-(2n ** 62n)]));
    expect(read.get('h')?.data).toEqual(
      new Float32Array([0.333251953125, 2 ** -24, 65504, -0, -Infinity, NaN]),
    );
    expect(read.get('u')?.data.length).toBe(12);
    expect(read.get('u')?.data[1]).toBe(255);
  });

  it('writes F16 where asked, integers as they are, and nothing that would overflow', () => {
    const read = readSafetensors(writeSafetensors(tensors, {}, { precision: 'f16' }));
    expect(read.tensors.get('b.weight')).toEqual({
      dtype: 'F16',
      shape: [2, 3],
      data: new Float32Array([1, -2.5, 0, 4, 5, -0]),
    });
    expect(read.tensors.get('a.index')).toEqual({ dtype: 'I32', ...tensors['a.index'] });
    expect(read.tensors.get('empty')?.dtype).toBe('F16');
    const large = { w: { shape: [2], data: new Float32Array([Infinity, 65520]) } };
    expect(() => writeSafetensors(large, {}, { precision: 'f16' })).toThrow(
      'tensor "w": element 1 is 65520, too large for f16',
    );
  });

  it('refuses to write a shape that disagrees with its data', () => {
    const wrong = (shape: number[]) => () =>
      writeSafetensors({ w: { shape, data: new Float32Array(6) } });
    expect(wrong([2, 2])).toThrow('tensor "w": shape [2,2] does not hold 6 elements');
    expect(wrong([-2, -3])).toThrow(FormatError);
    expect(wrong([1.5, 4])).toThrow(FormatError);
    const reserved = { __metadata__: { shape: [1], data: new Float32Array(1) } };
    expect(() => writeSafetensors(reserved)).toThrow('a tensor cannot be named __metadata__');
  });
});

describe('readSafetensors refuses', () => {
  const four = new Uint8Array(4);
  const refused = (bytes: Uint8Array, message: string) => {
    const read = () => readSafetensors(bytes, { source: 'model.safetensors' });
    expect(read).toThrow(FormatError);
    expect(read).toThrow(`model.safetensors: ${message}`);
  };

  it('a file shorter than its prefix', () => {
    refused(new Uint8Array(0), '0 bytes are too few for a safetensors file');
    refused(new Uint8Array(7), '7 bytes are too few for a safetensors file');
  });

  it('a header length that lies', () => {
    refused(file('{}', four, 7n), 'the header claims 7 bytes, 6 follow');
    refused(file('{}', four, 2n ** 64n - 1n), 'the header claims 18446744073709551615 bytes, 6 f');
    refused(file(`{"w":${entry('F32', [1], 0, 4)}}`, four, 10n), 'header: not valid JSON');
  });

  it('a header that is not a JSON object in UTF-8', () => {
    refused(file('', undefined), 'header: not valid JSON');
    refused(file('{"a":'), 'header: not valid JSON');
    refused(file('[]'), 'the header is not a JSON object');
    refused(file('null'), 'the header is not a JSON object');
    const bytes = file('{"a":1}');
    bytes[10] = 0xff;
    refused(bytes, 'the header is not UTF-8 text');
  });

  it('the same key twice, however it is spelt', () => {
    const w = entry('F32', [1], 0, 4);
    refused(file(`{"w":${w},"w" :${w}}`, four), 'header: the key "w" appears twice');
    refused(file(`{"w":${w},"\\u0077":${w}}`, four), 'header: the key "w" appears twice');
    refused(file(`{"__metadata__":{"k":"a","k":"b"}}`), 'header: the key "k" appears twice');
    // Braces and quotes inside strings are no structure.
    const odd = JSON.stringify({ __metadata__: { a: '{"a":"}', '}{': '"a":\\' } });
    expect(readSafetensors(file(odd)).metadata).toEqual({ a: '{"a":"}', '}{': '"a":\\' });
  });

  it('metadata that is not text', () => {
    refused(file('{"__metadata__":[]}'), '__metadata__ is not an object');
    refused(file('{"__metadata__":{"n":1}}'), '__metadata__ "n" is not a string');
  });

  it('dtypes of the format that are not read here, by their names', () => {
    for (const dtype of ['BF16', 'F8_E4M3', 'U16', 'BOOL']) {
      const bytes = file(`{"w":${entry(dtype, [2], 0, 4)}}`, four);
      refused(bytes, `tensor "w" is ${dtype}, which is not supported`);
    }
  });

  it('unknown dtypes and entries of another form', () => {
    refused(file(`{"w":${entry('F8', [4], 0, 4)}}`, four), 'tensor "w": dtype "F8" is not one of');
    refused(file(`{"w":${entry('toString', [4], 0, 4)}}`, four), 'tensor "w": dtype "toString"');
    refused(file('{"w":{"shape":[1]}}'), 'tensor "w": dtype undefined');
    refused(file('{"w":7}'), 'tensor "w": its header entry is not an object');
    refused(file('{"w":{"dtype":"F32","shape":[1]}}'), 'tensor "w": data_offsets undefined');
  });

  it('negative, fractional and huge shapes', () => {
    const shape = (s: unknown) => file(`{"w":${entry('F32', s, 0, 4)}}`, four);
    refused(shape([-1]), 'tensor "w": shape [-1] is not a list of integers from 0');
    refused(shape([-1, -1]), 'tensor "w": shape [-1,-1] is not');
    refused(shape([1.5]), 'tensor "w": shape [1.5] is not');
    refused(shape('1'), 'tensor "w": shape "1" is not');
    refused(shape([1e300]), 'tensor "w": shape [1e+300] is not');
    refused(shape([2 ** 31 - 1, 2 ** 31 - 1]), 'tensor "w": shape [2147483647,2147483647] of F32');
  });

  it('offsets that are out of range, negative or do not cover the shape', () => {
    refused(
      file(`{"w":${entry('F32', [2], 0, 8)}}`, four),
      'tensor "w": its data ends at byte 8 of 4',
    );
    refused(file(`{"w":${entry('F32', [2], 0, 4)}}`, four), 'tensor "w": shape [2] of F32 needs 8');
    refused(file(`{"w":${entry('F32', [1], 4, 0)}}`, four), 'tensor "w": shape [1] of F32 needs 4');
    refused(file(`{"w":${entry('F32', [1], -4, 0)}}`, four), 'tensor "w": data_offsets [-4,0]');
    refused(file(`{"w":${entry('F32', [1], '0', 4)}}`, four), 'tensor "w": data_offsets ["0",4]');
  });

  it('offsets that overlap or leave bytes to nobody', () => {
    const eight = new Uint8Array(8);
    const a = `"a":${entry('F32', [1], 0, 4)}`;
    refused(file(`{${a},"b":${entry('F32', [1], 2, 6)}}`, eight), 'tensor "b": its data overlaps');
    refused(file(`{${a},"b":${entry('F32', [1], 0, 4)}}`, eight), 'tensor "b": its data overlaps');
    refused(file(`{"b":${entry('F32', [1], 4, 8)}}`, eight), 'tensor "b": bytes 0 to 4 before it');
    refused(file(`{${a}}`, eight), 'the last 4 bytes belong to no tensor');
    refused(file('{}', eight), 'the last 8 bytes belong to no tensor');
  });

  it('NaN and infinities only where asked, with the name of the tensor', () => {
    const bytes = writeSafetensors({
      fine: { shape: [1], data: new Float32Array([1]) },
      index: { shape: [1], data: new Int32Array([0x7fc00000]) },
      weight: { shape: [2], data: new Float32Array([0, NaN]) },
    });
    expect(readSafetensors(bytes).tensors.get('weight')?.data[1]).toBeNaN();
    const read = () => readSafetensors(bytes, { source: 'f', requireFinite: true });
    expect(read).toThrow('f: tensor "weight": element 1 is NaN');
    const infinite = writeSafetensors({ w: { shape: [1], data: new Float32Array([-Infinity]) } });
    expect(() => readSafetensors(infinite, { requireFinite: true })).toThrow('is -Infinity');
  });

  it('every truncation of a valid file', () => {
    const bytes = writeSafetensors(
      { w: { shape: [3], data: new Float32Array([1, 2, 3]) } },
      { a: 'b' },
    );
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.slice(0, length)), `${length}`).toThrow(FormatError);
    }
  });
});
