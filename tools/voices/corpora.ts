/** The corpora behind the models, for their cards: who made them, and on what terms. */

export interface CorpusAbout {
  readonly title: string;
  /** ISO 639 codes. */
  readonly languages: readonly string[];
  readonly about: string;
  /** Terms, with where they are stated. */
  readonly terms: string;
  readonly citation: string;
}

export const about: Readonly<Record<string, CorpusAbout>> = {
  emodb: {
    title: 'EmoDB',
    languages: ['de'],
    about: 'ten German actors, ten sentences, an anechoic chamber',
    terms:
      'CC0 1.0: "The databases is published under the CC0-1.0 license" ([audEERING\'s data set](https://github.com/audeering/emodb), ' +
      "which names the authors and says usage: unrestricted); [the authors' page](http://emodb.bilderbar.info) asks for citation only",
    citation:
      'Burkhardt, Paeschke, Rolfes, Sendlmeier & Weiss, *A database of German emotional speech*, Interspeech 2005',
  },
  nemo: {
    title: 'nEMO',
    languages: ['pl'],
    about: 'nine Polish actors, four of its emotions',
    terms: '[CC BY-NC-SA 4.0](https://github.com/amu-cai/nEMO)',
    citation: 'Christop, *nEMO: dataset of emotional speech in Polish*, LREC-COLING 2024',
  },
  ravdess: {
    title: 'RAVDESS',
    languages: ['en'],
    about: '24 North American actors, two sentences; its calm speech is left out',
    terms: '[CC BY-NC-SA 4.0](https://zenodo.org/records/1188976)',
    citation:
      'Livingstone & Russo, *The Ryerson audio-visual database of emotional speech and song (RAVDESS)*, PLoS ONE 13(5), 2018',
  },
};

/** Terms of a model, for its LICENSE. */
export const licenses: Readonly<Record<string, { readonly title: string; readonly text: string }>> =
  {
    MIT: { title: 'MIT', text: 'The MIT licence of this package (its file LICENSE) applies.' },
    'CC-BY-NC-SA-4.0': {
      title: 'Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International',
      text:
        'You may share and adapt the model for non-commercial purposes, if you give credit, link to the licence, say what you\n' +
        'changed, and share what you make of it under the same licence. The whole text, which alone is binding:\n' +
        'https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode',
    },
  };
