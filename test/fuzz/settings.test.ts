import fc from 'fast-check';
import { parseJson } from '../../src/core/json.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { choosePlan } from '../../src/plan/plan.js';
import { parsePlan } from '../../src/plan/schema.js';
import { readLog } from '../../src/runs/log.js';
import { parseRunSettings } from '../../src/runs/settings.js';
import { parseRunConfig } from '../../src/runs/config.js';
import { MemoryFiles } from '../support/memory-files.js';
import { tinyModel } from '../model/tiny-model.js';
import { byteEdits, editBytes } from './bytes.js';
import { fuzz } from './fuzz.js';
import { editedJson, editText, jsonEdits, textEdits } from './texts.js';

const { model, labels } = tinyModel();
const plan = choosePlan(model, {
  software: true,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
});
const settings = {
  preset: 'alstm-1',
  model: { recurrent: { units: 8, offsets: [3, 1] }, heads: [{ task: 'emotion', hidden: 4 }] },
  training: { epochs: 4, optimizer: { name: 'adamw', eps: 1e-6 }, schedule: { name: 'cosine' } },
};
const side = { utterances: 3, frames: 100, seconds: 1, digest: 'd' };
const machine = { version: '0.1.0', adapter: 'a', driver: 'd', plan };
const run = {
  format: 'alstm-run-1',
  ...machine,
  seed: 1,
  preset: 'alstm-1',
  model,
  labels,
  training: settings.training,
  data: {
    source: { corpus: 'nemo', path: '/corpora/nemo', testSpeakers: ['a'], seed: 1 },
    training: side,
    validation: side,
  },
  logFormats: ['csv'],
  earlier: [{ ...machine, untilStep: 3 }],
};
const protocol = {
  format: 'alstm-protocol-1',
  name: 'a comparison',
  corpus: { format: 'iemocap', merge: { exc: 'hap' }, minSeconds: 0.5, style: 'improvised' },
  split: { kind: 'random-pair', draws: 3, seed: 1 },
  settings: { model: settings.model, training: settings.training },
  heads: { hidden: 16, classWeights: 'balanced' },
  cells: [{ name: 'LSTM', settings: { model: { recurrent: { cell: 'lstm' } } } }, { name: 'B' }],
  seeds: [0, 1],
};
const epoch = {
  epoch: 1,
  step: 10,
  seconds: 1.5,
  train: { total: 0.3, tasks: { emotion: 0.3 } },
  validation: { total: 1, tasks: { emotion: 1 }, accuracy: 0.5, maf: 0.4, uar: 0.5 },
  learningRate: 1e-3,
  gradientNorm: 2,
  framesPerSecond: 1e4,
  best: true,
};

const encoder = new TextEncoder();

/** JSON of another meaning, JSON that is damaged, and bytes that are. */
const jsonLike = (value: unknown): fc.Arbitrary<Uint8Array> => {
  const text = JSON.stringify(value, undefined, 1);
  return fc.oneof(
    { weight: 3, arbitrary: jsonEdits.map((edits) => encoder.encode(editedJson(value, edits))) },
    textEdits.map((edits) => encoder.encode(editText(text, edits))),
    byteEdits.map((edits) => editBytes(encoder.encode(text), edits)),
  );
};

const asIs = (bytes: Uint8Array): Uint8Array => bytes;
const parsed = (bytes: Uint8Array): unknown => parseJson(new TextDecoder().decode(bytes), 'f');

fuzz('run config', jsonLike(run), asIs, (bytes) => parseRunConfig(parsed(bytes), 'f'));
fuzz('settings', jsonLike(settings), asIs, (bytes) => parseRunSettings(parsed(bytes), 'f'));
fuzz('protocol', jsonLike(protocol), asIs, (bytes) => parseProtocol(parsed(bytes), 'f'));
fuzz('kernel plan', jsonLike(plan), asIs, (bytes) => parsePlan(parsed(bytes), 'f'));
fuzz('log.jsonl', jsonLike(epoch), asIs, (bytes) => {
  const line = new TextDecoder().decode(bytes).replaceAll('\n', ' ');
  return readLog(new MemoryFiles({ 'run/log.jsonl': `${line}\n` }), 'run');
});
