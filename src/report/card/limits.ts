import { markdown } from '../draw/markdown.js';
import type { ModelCard } from './types.js';

export const intendedUse =
  'Research on speech emotion recognition: comparing recurrent cells, and as a starting point for training on ' +
  'other speech. Not for decisions about people: not in hiring, policing, schooling, health or credit, and not ' +
  'for monitoring anyone without their knowledge.';

/** What a reader must know before trusting the model, in a sentence or two each. */
export function limits({
  data,
  test,
  numbers,
  protocol,
  labels,
  limits: more = [],
}: ModelCard): string[] {
  return [
    ...(data?.acted === false
      ? []
      : [
          `${data?.acted ? 'The training speech is acted' : 'Emotional corpora are mostly acted'}. ` +
            'Acted emotions are more pronounced than everyday ones, on which the model will do worse.',
        ]),
    data?.languages?.length
      ? `It was trained only on these languages: ${data.languages.map(markdown).join(', ')}. In other languages and cultures its labels may mean nothing.`
      : 'It knows only the languages of its corpus; in others, and in other cultures, its labels may mean nothing.',
    'It depends on the speaker: scores vary widely between speakers, and it may fail on a speaker unlike those it was trained on. Age, accent, illness and microphone also matter.',
    ...(test === undefined && numbers === undefined
      ? [
          'It was not tested: its validation scores are optimistic, because they were used to choose the best epoch.',
        ]
      : []),
    ...(test && (test.folds?.length ?? 0) < 2
      ? ['It was tested on one split of the speakers: other test speakers would give other scores.']
      : []),
    ...(protocol?.seed === undefined
      ? []
      : ['It comes from one training run with one seed; another seed gives other scores.']),
    ...(Object.keys(labels).length === 0
      ? ['It always answers with numbers, even for silence or music.']
      : [
          'The label scores sum to 1, but whether a score is the probability of being right (calibration) is not checked.',
          `It always answers with one of its labels${labels['emotion'] ? ` (${labels['emotion'].map(markdown).join(', ')})` : ''}, even for silence, music, or an emotion that it does not know.`,
        ]),
    ...('speaker' in labels
      ? [
          'Its speaker head knows only the training speakers; it cannot identify or verify anyone else.',
        ]
      : []),
    'It does not understand what is said: it only hears the voice.',
    ...more.map(markdown),
  ];
}
