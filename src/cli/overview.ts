import { VERSION } from '../core/version.js';
import { paints } from './paint.js';

interface Task {
  readonly title: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
}

/** What one can do. */
const tasks: readonly Task[] = [
  {
    title: 'Try it',
    examples: [
      ['alstm predict speech.wav', 'the emotion in a recording'],
      ['alstm open page', 'the same in your browser'],
      ['alstm demo', 'train and test on made-up speech'],
    ],
  },
  {
    title: 'Predict',
    examples: [
      ['alstm predict calls/ --out calls.csv', 'a whole folder, as a table'],
      ['alstm predict runs/a new.wav', 'with a model of your own'],
    ],
  },
  {
    title: 'Train',
    examples: [
      ['alstm corpus nemo data/nemo', 'what is in a corpus?'],
      ['alstm train --manifest a.csv --out runs/a', 'a model on your recordings'],
      ['alstm evaluate runs/a', 'how often is it right?'],
    ],
  },
  {
    title: 'Compare',
    examples: [
      ['alstm experiment --protocol p.json --out x', 'networks, over speakers, seeds'],
      ['alstm open report x', 'its report, in your browser'],
    ],
  },
  {
    title: 'Exchange',
    examples: [['alstm export runs/a --onnx a.onnx', 'for ONNX, or Hugging Face']],
  },
  {
    title: 'Look inside and measure',
    examples: [
      ['alstm doctor', 'which GPU, and is it right?'],
      ['alstm graph --preset alstm', 'what the GPU is told to do'],
      ['alstm bench train-step', 'how fast is it here?'],
    ],
  },
];

/** What `alstm` alone says: it fits a screen of 80 columns. */
export function overview(colors: boolean): string {
  const { heading, command } = paints(colors);
  const width = Math.max(...tasks.flatMap((task) => task.examples.map(([own]) => own.length)));
  const lines = tasks.flatMap(({ title, examples }) => [
    heading(title),
    ...examples.map(([own, what]) => `  ${command(own.padEnd(width))}  ${what}`),
  ]);
  return [
    `${heading('alstm')} ${VERSION}: which emotion is in speech? Runs and trains on your GPU.`,
    '',
    ...lines,
    '',
    `All commands and options: ${command('alstm --help')}, ${command('alstm COMMAND --help')}`,
    'Read on: README.md; in a clone also the guides in test/guides/',
    '',
  ].join('\n');
}
