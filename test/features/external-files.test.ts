import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/core/errors.js';
import { readNpy } from '../../src/core/npy.js';
import { writeSafetensors } from '../../src/core/safetensors.js';
import { readFeatureCsv } from '../../src/features/external/csv.js';
import { readFeatureFile } from '../../src/features/external/file.js';

const folder = new URL('../fixtures/external/', import.meta.url);
const bytesOf = (name: string) => readFileSync(new URL(`${name}.npy`, folder));
const read = (name: string) => readFeatureFile(bytesOf(name), `${name}.npy`);
const text = (content: string) => new TextEncoder().encode(content);

/** What tools/oracle/npy_fixtures.py saved. */
const saved = [1, -2.5, 0.125, 65504, 2 ** -14, 2 ** -24];

describe('.npy', () => {
  it.each(['float16', 'float32', 'float64', 'version_2'])(
    'of %s is read as numpy has it',
    (name) => {
      const { frames, width, data } = read(name);
      expect([frames, width]).toEqual([2, 3]);
      expect([...data]).toEqual(saved);
    },
  );

  it.each([
    ['fortran', 'fortran.npy: the array is in Fortran order'],
    ['int32', 'int32.npy: its dtype is "<i4", expected float16, float32 or float64'],
    ['big_endian', 'big_endian.npy: its dtype is ">f4", expected'],
    ['structured', "structured.npy: its dtype is \"[('a', '<f4')]\", expected"],
    ['three_axes', 'the array has the shape [1, 2, 3], expected [T, F]'],
    ['one_axis', 'the array has the shape [3], expected [T, F]'],
    ['no_frames', 'the array has the shape [0, 3], expected [T, F]'],
    ['nan', 'nan.npy: feature 3 of frame 0 is NaN'],
    ['huge', 'huge.npy: feature 1 of frame 0 is 1e+300'],
  ])('of %s is refused', (name, message) => {
    expect(() => read(name)).toThrow(FormatError);
    expect(() => read(name)).toThrow(message);
  });

  it('that is damaged is refused, wherever it is cut', () => {
    const whole = bytesOf('float32');
    for (let length = 0; length < whole.length; length++) {
      expect(() => readNpy(whole.subarray(0, length), 'x.npy'), `${length} bytes`).toThrow(
        FormatError,
      );
    }
    const longer = new Uint8Array([...whole, 0]);
    expect(() => readNpy(longer, 'x.npy')).toThrow('needs 24 bytes of data, there are 25');
    const future = Uint8Array.from(whole, (byte, i) => (i === 6 ? 9 : byte));
    expect(() => readNpy(future, 'x.npy')).toThrow('x.npy: version 9 of the format');
  });
});

describe('.csv', () => {
  it.each([
    ['with a header', 'a,b\n1,2\n3,4\n'],
    ['without', '1,2\n3,4'],
    ['with tabs and CRLF', 'a\tb\r\n1\t2\r\n\r\n3\t4\r\n'],
    ["as openSMILE's", "name;frameTime;F0_sma;jitter\n'unknown';0.0;1;2\n'unknown';0.01;3;4\n"],
    ["as openSMILE's, with a frame index", 'frameIndex;frameTime;a;b\n0;0.0;1;2\n1;0.01;3;4\n'],
    ["as openSMILE's without a header", "'unknown';0.00;1;2\n'unknown';0.01;3;4\n"],
    ['with quoted names', '"name","frametime","a","b"\n"u","0","1","2"\n"u","1","3.0","4e0"\n'],
  ])('%s', (_, content) => {
    const { frames, width, data } = readFeatureCsv(content, 'x.csv');
    expect([frames, width, ...data]).toEqual([2, 2, 1, 2, 3, 4]);
  });

  it.each([
    ['', 'x.csv: there are no columns of numbers'],
    ['name;frameTime\nu;0\n', 'x.csv: there are no columns of numbers'],
    ['a,b\n1,2\n3\n', 'x.csv, line 3: 1 values for 2 columns'],
    ['a,b\n1,nan\n', 'x.csv, line 2: column "b" is "nan", not a finite number'],
    ['1,2\n3,\n', 'x.csv, line 2: column 2 is "", not a finite number'],
    ['1,2\nInfinity,2\n', 'x.csv, line 2: column 1 is "Infinity"'],
  ])('%j is refused', (content, message) => {
    expect(() => readFeatureCsv(content, 'x.csv')).toThrow(FormatError);
    expect(() => readFeatureCsv(content, 'x.csv')).toThrow(message);
  });

  it('of a header alone has no frames', () => {
    expect(() => readFeatureFile(text('a,b\n'), 'x.csv')).toThrow('x.csv: there are no frames');
  });
});

describe('.safetensors', () => {
  const tensor = { shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) };

  it('is its one tensor, or the one called features', () => {
    for (const tensors of [{ x: tensor }, { features: tensor, other: { ...tensor, shape: [6] } }]) {
      const { frames, width, data } = readFeatureFile(writeSafetensors(tensors), 'x.safetensors');
      expect([frames, width, ...data]).toEqual([2, 3, 1, 2, 3, 4, 5, 6]);
    }
  });

  it.each([
    [{ a: tensor, b: tensor }, '2 tensors, none of them called features'],
    [{ a: { shape: [6], data: tensor.data } }, 'the tensor has the shape [6], expected [T, F]'],
    [{ a: { shape: [1, 1], data: new Int32Array(1) } }, 'the tensor is I32, expected F16, F32'],
  ])('%#: is refused', (tensors, message) => {
    const bytes = writeSafetensors(tensors);
    expect(() => readFeatureFile(bytes, 'x.safetensors')).toThrow(FormatError);
    expect(() => readFeatureFile(bytes, 'x.safetensors')).toThrow(message);
  });
});

it('any other file is refused by its name', () => {
  expect(() => readFeatureFile(text('x'), 'speech.wav')).toThrow(
    'speech.wav: not a file of features: its name ends with none of .npy, .safetensors, .csv',
  );
});
