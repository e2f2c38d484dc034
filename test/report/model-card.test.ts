import { describe, expect, it } from 'vitest';
import type { TwoLayerModelConfig } from '../../src/core/config.js';
import { markdown, yamlString } from '../../src/report/draw/markdown.js';
import { modelCard } from '../../src/report/card/card.js';
import type { CardTest, ModelCard } from '../../src/report/card/types.js';

const model: TwoLayerModelConfig = {
  features: 36,
  frontend: { units: 64 },
  recurrent: { cell: 'a-lstm', units: 32, bidirectional: true, offsets: [5, 3, 1], period: 5 },
  pooling: 'attention',
  heads: [{ task: 'emotion', classes: 2, hidden: 16, weight: 1 }],
  dropout: 0.5,
};

const least: ModelCard = { name: 'tiny', model, labels: { emotion: ['anger', 'joy'] } };

const scores = { maf: 0.4525, map: 0.5333, accuracy: 0.504, uar: 0.6 };
const test: CardTest = {
  utterances: 1720,
  scores: {
    maf: { mean: 0.4525, interval: [0.401, 0.5] },
    map: { mean: 0.5333 },
    accuracy: { mean: 0.504 },
    uar: { mean: NaN },
  },
  classes: [
    { label: 'anger', precision: 0.75, recall: 0.06, f1: 0.111, support: 900 },
    { label: 'joy', precision: 0, recall: 0, f1: 0, support: 820 },
  ],
  folds: [
    { name: 'KS0', utterances: 900, scores },
    { name: 'EB0', utterances: 820, scores },
  ],
};

const full: ModelCard = {
  ...least,
  parameters: 123456,
  license: 'mit',
  tags: ['demo', 'webgpu'],
  data: {
    corpus: 'nEMO',
    languages: ['pl'],
    acted: true,
    utterances: 2356,
    seconds: 9000,
    speakers: 7,
    labels: { anger: 1300, joy: 1056 },
  },
  protocol: {
    split: 'by speaker',
    testSpeakers: ['KS0', 'EB0'],
    validation: '10% of the training utterances',
    seed: 0,
    normalisation: 'utterance',
  },
  training: {
    optimizer: { name: 'adamw', beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01 },
    learningRate: 0.001,
    batch: 32,
    epochs: 10,
    bestEpoch: 7,
    validationAccuracy: 0.665,
    adapter: 'lavapipe',
    driver: 'Mesa 25.0.7',
    version: '0.1.0',
  },
  test,
  limits: ['Trained for a demonstration.'],
};

/** The YAML between the rules, and the Markdown after them. */
function partsOf(card: string): { header: string[]; body: string } {
  const [, header = '', body = ''] = /^---\n([^]*?)\n---\n\n([^]*)$/.exec(card) ?? [];
  return { header: header.split('\n'), body };
}

describe('modelCard', () => {
  it('begins with front matter that Hugging Face reads', () => {
    expect(partsOf(modelCard(full)).header).toEqual([
      'license: "mit"',
      'language:',
      '  - "pl"',
      'library_name: alstm',
      'pipeline_tag: audio-classification',
      'tags:',
      ...['speech-emotion-recognition', 'webgpu', 'alstm', 'a-lstm', 'demo'].map(
        (tag) => `  - "${tag}"`,
      ),
      'metrics:',
      ...['f1', 'precision', 'accuracy', 'recall'].map((metric) => `  - "${metric}"`),
      'model-index:',
      '  - name: "tiny"',
      '    results:',
      '      - task:',
      '          type: audio-classification',
      '          name: "speech emotion recognition"',
      '        dataset:',
      '          name: "nEMO"',
      '          type: "nEMO"',
      '        metrics:',
      '          - type: f1',
      '            name: "MAF (macro-average F1)"',
      '            value: 0.4525',
      '          - type: precision',
      '            name: "MAP (macro-average precision)"',
      '            value: 0.5333',
      '          - type: accuracy',
      '            name: "accuracy"',
      '            value: 0.504',
    ]);
  });

  it.each([
    '# tiny',
    '- emotion: anger, joy',
    '| states combined | 5, 3, 1 steps back |',
    '| combination | every 5 steps |',
    '| parameters | 123,456 |',
    '| corpus | nEMO |',
    '| length | 2.5 hours |',
    '| anger | 1,300 |',
    '| test speakers | KS0, EB0 |',
    '| seed | 0 |',
    '| feature normalisation | utterance |',
    '| optimiser | adamw (beta1 0.9, beta2 0.999, eps 1e-8, weight\\_decay 0.01) |',
    '| best epoch | 7 |',
    '| driver | Mesa 25.0.7 |',
    '| alstm | 0.1.0 |',
    '| MAF (macro-average F1) | 0.453 | 0.401 to 0.500 |',
    '| UAR (unweighted average recall) | – | – |',
    '| anger | 0.750 | 0.060 | 0.111 | 900 |',
    '| EB0 | 820 | 0.453 | 0.533 | 0.504 | 0.600 |',
    '- Trained for a demonstration.',
    'alstm predict MODEL file.wav',
  ])('says %s', (line) => {
    expect(partsOf(modelCard(full)).body.split('\n')).toContain(line);
  });

  it('leaves out what is not known', () => {
    const { header, body } = partsOf(modelCard(least));
    expect(header.some((line) => /^(license|language|metrics|model-index)/.test(line))).toBe(false);
    expect(body).not.toMatch(/undefined|NaN|null|## Data|## Protocol|## Training|\| parameters/);
    expect(body).toContain('There are no test scores');
    expect(body.match(/^## .*$/gm)).toEqual([
      '## Model',
      '## Results',
      '## Intended use',
      '## Limits',
      '## How to run it',
    ]);
  });

  it('shows no empty section for parts that hold nothing', () => {
    const card = modelCard({ ...least, data: {}, protocol: { testSpeakers: [] }, training: {} });
    expect(card).not.toMatch(/## (Data|Protocol|Training)/);
  });

  it('names the data set in the front matter only where it is known', () => {
    const { header } = partsOf(modelCard({ ...least, test }));
    expect(header).toContain('metrics:');
    expect(header).not.toContain('model-index:');
  });

  it('shows intervals and folds only where there are some', () => {
    const [fold] = test.folds ?? [];
    const plain = { maf: 0.1, map: 0.2, accuracy: 0.3, uar: 0.4 };
    const one: CardTest = {
      scores: {
        maf: { mean: plain.maf },
        map: { mean: plain.map },
        accuracy: { mean: plain.accuracy },
        uar: { mean: plain.uar },
      },
      folds: fold ? [fold] : [],
    };
    const card = modelCard({ ...least, test: one });
    expect(card).not.toMatch(/interval|\| fold/);
    expect(card).toContain('| accuracy | 0.300 |\n');
    expect(card).toContain('tested on one split of the speakers');
  });

  it('states limits by what is known', () => {
    const acted = modelCard(full);
    expect(acted).toContain('The training speech is acted');
    expect(acted).toContain('only on these languages: pl.');
    expect(acted).toContain('one seed');
    expect(acted).not.toContain('It was not tested');
    const spontaneous = modelCard({ ...least, data: { acted: false } });
    expect(spontaneous).not.toContain('more pronounced than');
    expect(spontaneous).toContain('| speech | not acted |');
    for (const card of [acted, spontaneous]) {
      expect(card).toMatch(/Not for decisions about people/);
      expect(card).toMatch(/\(calibration\) is not checked/);
      expect(card).toMatch(/depends on the speaker/);
    }
  });

  it('says of a plain LSTM nothing about combinations, and does not list speakers', () => {
    const recurrent = { ...model.recurrent, cell: 'lstm', bidirectional: false } as const;
    const card = modelCard({
      ...least,
      model: { ...model, recurrent },
      labels: { emotion: ['a', 'b'], speaker: ['KS0', 'EB0', 'Anna Nowak'] },
    });
    expect(card).not.toContain('states combined');
    expect(card).toContain('| recurrent units | 32, unidirectional |');
    expect(card).toContain('- speaker: 3 training speakers');
    expect(card).not.toContain('Anna Nowak');
    expect(card).toContain('Its speaker head');
  });

  it('keeps strangers’ text inside its place', () => {
    const evil = 'a|b\n# c\n---\n<img src=x> [d](e) "f": g\\';
    const { header, body } = partsOf(
      modelCard({
        ...full,
        name: evil,
        license: evil,
        labels: { emotion: [evil] },
        data: { corpus: evil, languages: [evil], labels: { [evil]: 3 } },
        protocol: { split: evil, testSpeakers: [evil] },
        training: { adapter: evil },
        test: { ...test, classes: [{ label: evil, precision: 1, recall: 1, f1: 1, support: 1 }] },
        limits: [evil],
      }),
    );
    const lines = body.split('\n');
    expect(lines.filter((line) => line.startsWith('# '))).toHaveLength(1);
    expect(lines).not.toContain('---');
    expect(body).not.toMatch(/(?<!\\)<|(?<!\\)\[/);
    const columns = lines
      .filter((line) => line.startsWith('| a\\|b'))
      .map((line) => line.split(/(?<!\\)\|/).length - 2);
    expect(columns).toEqual([2, 5]); // the label in the data, and the class in the results
    expect(header[0]).toBe('license: "a|b # c --- <img src=x> [d](e) \\"f\\": g\\\\"');
    expect(header.every((line) => /^[ -]*[a-z_-]+:( |$)|^ +- "/.test(line))).toBe(true);
  });
});

describe('markdown and yamlString', () => {
  it.each([
    ['a_b*c', 'a\\_b\\*c'],
    ['x\r\n\r\ny', 'x y'],
    ['http://x', 'http\\://x'],
    ['WWW.x.org', 'WWW\\.x.org'],
    ['\u001b[31m', '\u{fffd}\\[31m'],
    ['złość', 'złość'],
  ])('%j is %j in Markdown', (text, expected) => {
    expect(markdown(text)).toBe(expected);
  });

  it.each([
    ['no', '"no"'],
    ['a: "b"\n- c', '"a: \\"b\\" - c"'],
    ['\u2028x', '"x"'],
    ['a\ud800b\ufeff', '"a\u{fffd}b"'],
    ['a\ufeffb', '"a\\ufeffb"'],
    ['złość', '"złość"'],
  ])('%j is %s in YAML', (text, expected) => {
    expect(yamlString(text)).toBe(expected);
  });
});
