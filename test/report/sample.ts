import { envelope } from '../../src/report/draw/bins.js';
import type { ReportEpoch, ReportInput, ReportModel } from '../../src/report/run/types.js';

const labels = ['anger', 'happiness', 'neutral', 'sadness'];

function epochOf(epoch: number, speed: number): ReportEpoch {
  const wave = 0.06 * Math.sin(2.1 * epoch * speed);
  const total = 0.5 + 1.9 * Math.exp(-epoch * speed) + wave / 2;
  return {
    epoch,
    train: {
      total,
      tasks: { emotion: 0.6 * total, gender: 0.15 * total, speaker: 0.9 * total },
    },
    validation: {
      total: total + 0.15 + wave,
      accuracy: 0.85 - 0.6 * Math.exp(-epoch * speed) + wave,
      maf: 0.8 - 0.6 * Math.exp(-epoch * speed) + wave,
    },
    learningRate: 0.001,
    framesPerSecond: 14_000 + 300 * Math.cos(epoch),
  };
}

function modelOf(name: string, epochs: number, confusion: number[][], speed: number): ReportModel {
  return {
    name,
    settings: { cell: name.toLowerCase(), units: 64, offsets: '5, 3, 1', optimiser: 'adam' },
    parameters: 131_205,
    log: Array.from({ length: epochs }, (_, i) => epochOf(i + 1, speed)),
    test: { maf: 0.71, map: 0.742, accuracy: 0.725, uar: 0.725, confusion, labels, utterances: 40 },
  };
}

const lstm = modelOf(
  'LSTM',
  12,
  [
    [7, 2, 1, 0],
    [3, 5, 2, 0],
    [1, 1, 7, 1],
    [0, 0, 0, 10],
  ],
  0.2,
);

const alstm = modelOf(
  'A-LSTM',
  14,
  [
    [8, 1, 1, 0],
    [2, 6, 2, 0],
    [1, 1, 8, 0],
    [0, 0, 1, 9],
  ],
  0.3,
);

const sides = { anger: 10, happiness: 10, neutral: 10, sadness: 10 };
const weights = Array.from({ length: 190 }, (_, t) => Math.exp(-(((t - 83) / 20) ** 2)) + 0.1);
const sum = weights.reduce((a, b) => a + b, 0);
const samples = Array.from({ length: 40_000 }, (_, t) =>
  Math.abs(Math.sin(t / 2500) * Math.sin(t / 5) * Math.exp(-(((t - 17_000) / 15_000) ** 2))),
);

/** A full report on two models. */
export const sample: ReportInput = {
  title: 'Speech emotion recognition: LSTM and A-LSTM',
  created: '2025-01-31 12:00',
  adapter: 'SwiftShader (software)',
  data: [
    { name: 'training', utterances: 144, seconds: 302.1, speakers: 8, labels: sides },
    { name: 'validation', utterances: 16, seconds: 33.7, speakers: 8, labels: sides },
    { name: 'test', utterances: 40, seconds: 85.3, speakers: 2, labels: sides },
  ],
  models: [
    lstm,
    { ...alstm, test: { ...alstm.test, maf: 0.774, map: 0.78, accuracy: 0.775, uar: 0.775 } },
  ],
  prediction: {
    path: 'corpus/jane/happiness-2.wav',
    model: 'A-LSTM',
    truth: 'happiness',
    scores: { anger: 0.21, happiness: 0.655, neutral: 0.13, sadness: 0.005 },
    attention: weights.map((weight) => weight / sum),
    envelope: envelope(samples),
    seconds: 1.91,
  },
};
