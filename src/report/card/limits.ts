import { markdown } from '../draw/markdown.js';
import type { ModelCard } from './types.js';

export const intendedUse =
  'Research on speech emotion recognition: comparing recurrent cells, and a start for training on other ' +
  'speech. Not for decisions about people: not in hiring, policing, schooling, health or credit, and not ' +
  'for watching anyone without their knowledge.';

/** What a reader must know before trusting the model, a sentence or two each. */
export function limits({ data, test, protocol, labels, limits: more = [] }: ModelCard): string[] {
  return [
    ...(data?.acted === false
      ? []
      : [
          `${data?.acted ? 'The training speech is acted' : 'Emotional corpora are mostly acted'}. ` +
            'Acted emotions are plainer than those of daily life, where the model will do worse.',
        ]),
    data?.languages?.length
      ? `It was trained on these languages alone: ${data.languages.map(markdown).join(', ')}. In other languages and cultures its labels may mean nothing.`
      : 'It knows the languages of its corpus alone; in others, and in other cultures, its labels may mean nothing.',
    'It depends on the speaker: scores differ much between speakers, and on a speaker unlike those of training it may fail. Age, accent, illness and microphone matter as well.',
    ...(test === undefined
      ? [
          'It was not tested: its scores on validation data are too good, as the best epoch was chosen by them.',
        ]
      : []),
    ...(test && (test.folds?.length ?? 0) < 2
      ? [
          'It was tested on one division of the speakers: other test speakers would give other scores.',
        ]
      : []),
    ...(protocol?.seed === undefined
      ? []
      : ['It is one training run with one seed; another seed gives other scores.']),
    'The scores of its labels sum to 1, but whether they are right so often (their calibration) is not checked.',
    `It always answers with one of its labels${labels['emotion'] ? ` (${labels['emotion'].map(markdown).join(', ')})` : ''}, also for silence, music, or an emotion that it does not know.`,
    ...('speaker' in labels
      ? [
          'Its speaker head knows the training speakers alone; it cannot tell or verify who someone else is.',
        ]
      : []),
    'What is said is not understood: it hears the voice alone.',
    ...more.map(markdown),
  ];
}
