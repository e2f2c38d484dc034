import fc from 'fast-check';
import { beforeAll, describe, expect } from 'vitest';

import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { readLatestCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import { progressStart } from '../../src/training/epoch-loop.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';
import { byteEdits, editBytes, join } from './bytes.js';
import { fuzz } from './fuzz.js';
import { editedJson, jsonEdits } from './texts.js';

const encoder = new TextEncoder();
const asIs = (bytes: Uint8Array): Uint8Array => bytes;

/** Bytes of a safetensors file, changed anywhere or in the meaning of its header. */
function tensorsLike(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  const headerEnd = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, headerEnd)));
  return fc.oneof(
    byteEdits.map((edits) => editBytes(file, edits)),
    jsonEdits.map((edits) => {
      const text = encoder.encode(editedJson(header, edits));
      const length = new Uint8Array(8);
      new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
      return join(length, text, file.subarray(headerEnd));
    }),
  );
}

const small = writeSafetensors(
  {
    a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    b: { shape: [3], data: Int32Array.of(1, 2, 3) },
  },
  { format: 'x' },
);

fuzz('safetensors', tensorsLike(small), asIs, (bytes) => {
  const { tensors } = readSafetensors(bytes, { source: 'f', requireFinite: true });
  for (const { shape, data } of tensors.values()) {
    expect(data).toHaveLength(shape.reduce((product, n) => product * n, 1));
  }
});

describe('model folder', () => {
  const files = new MemoryFiles();
  const path = 'in/model';
  let config = new Uint8Array();
  let weights = new Uint8Array();
  let configs: fc.Arbitrary<Uint8Array> = fc.constant(config);
  let tensors: fc.Arbitrary<Uint8Array> = fc.constant(weights);
  beforeAll(async () => {
    await writeModel(files, path, tinyModel());
    config = Uint8Array.from(await files.read(`${path}/config.json`));
    weights = Uint8Array.from(await files.read(`${path}/model.safetensors`));
    const json: unknown = JSON.parse(new TextDecoder().decode(config));
    configs = fc.oneof(
      { weight: 3, arbitrary: jsonEdits.map((edits) => encoder.encode(editedJson(json, edits))) },
      byteEdits.map((edits) => editBytes(config, edits)),
    );
    tensors = tensorsLike(weights);
  });

  /** With what else a folder may hold around it, of which nothing may be read. */
  const read = async (own: Uint8Array, parameters: Uint8Array): Promise<void> => {
    const folder = new MemoryFiles({
      [`${path}/config.json`]: own,
      [`${path}/model.safetensors`]: parameters,
      'in/secret': 'x',
    });
    try {
      const model = await readModel(folder, path);
      expect(Object.keys(model.labels).sort()).toEqual(model.model.heads.map((h) => h.task).sort());
      expect(Object.getPrototypeOf(model.parameters)).toBe(Object.prototype);
    } finally {
      const opened = folder.log.filter((line) => line.startsWith('read '));
      const allowed = [`read ${path}/config.json`, `read ${path}/model.safetensors`];
      expect(allowed).toEqual(expect.arrayContaining(opened));
    }
  };

  const lazily = (of: () => fc.Arbitrary<Uint8Array>) => fc.constant(0).chain(() => of());
  fuzz(
    'config.json of a model',
    lazily(() => configs),
    asIs,
    (bytes) => read(bytes, weights),
  );
  fuzz(
    'weights of a model',
    lazily(() => tensors),
    asIs,
    (bytes) => read(config, bytes),
  );
});

describe('checkpoint', () => {
  const hash = 'hash';
  const name = 'run/checkpoints/step-0000000005.safetensors';
  let inputs: fc.Arbitrary<Uint8Array> = fc.constant(small);
  beforeAll(async () => {
    const files = new MemoryFiles();
    const tensor = { shape: [2], data: Float32Array.of(1, 2) };
    const progress = { ...progressStart, epoch: 1, step: 5 };
    const state = {
      step: 5,
      parameters: { a: tensor },
      optimizer: { b: tensor },
      lossScale: [512, 7] as const,
    };
    await writeCheckpoint(files, 'run', { progress, state }, hash);
    inputs = tensorsLike(Uint8Array.from(await files.read(name)));
  });

  const read = (bytes: Uint8Array) =>
    readLatestCheckpoint(new MemoryFiles({ [name]: bytes }), 'run', hash, (line) => {
      expect(line).not.toMatch(/[\p{Cc}]/u);
    });
  fuzz(
    'checkpoint',
    fc.constant(0).chain(() => inputs),
    asIs,
    read,
  );
});
