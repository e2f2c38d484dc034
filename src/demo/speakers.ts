export interface Speaker {
  readonly name: string;
  readonly gender: 'female' | 'male';
  readonly split: 'train' | 'test';
  /** Accent: a language of espeak-ng. */
  readonly language: string;
  /** Usual pitch in Hz. */
  readonly pitch: number;
  /** Formant frequencies relative to espeak-ng's own voice: a shorter vocal tract has higher ones. */
  readonly formants: number;
  /** Width of the formant peaks in percent. */
  readonly width: number;
  /** Usual rate in words per minute. */
  readonly rate: number;
  /** Irregularity of the voice, espeak-ng's `roughness`, 0 to 7. */
  readonly roughness: number;
}

/** The voices of the demo; the two of the test set are unseen in training. */
export const speakers: readonly Speaker[] = [
  man('Arthur', 'en-us', { pitch: 82, formants: 0.97, width: 100, rate: 160, roughness: 2 }),
  man('Bruno', 'en-gb', { pitch: 95, formants: 1.03, width: 110, rate: 172, roughness: 1 }),
  man('Callum', 'en-gb-scotland', {
    pitch: 108,
    formants: 0.93,
    width: 90,
    rate: 152,
    roughness: 3,
  }),
  man('Desmond', 'en-029', { pitch: 116, formants: 1.05, width: 120, rate: 165, roughness: 0 }),
  woman('Edith', 'en-gb-x-rp', { pitch: 192, formants: 1.18, width: 150, rate: 156, roughness: 1 }),
  woman('Flora', 'en-gb-scotland', {
    pitch: 158,
    formants: 1.09,
    width: 125,
    rate: 176,
    roughness: 3,
  }),
  woman('Greta', 'en-us', { pitch: 172, formants: 1.13, width: 140, rate: 166, roughness: 2 }),
  woman('Helen', 'en-gb', { pitch: 205, formants: 1.21, width: 130, rate: 170, roughness: 0 }),
  forTest(man('Ivan', 'en-us', { pitch: 101, formants: 1, width: 105, rate: 168, roughness: 2 })),
  forTest(
    woman('Jane', 'en-gb', { pitch: 181, formants: 1.15, width: 135, rate: 162, roughness: 2 }),
  ),
];

type Body = Pick<Speaker, 'pitch' | 'formants' | 'width' | 'rate' | 'roughness'>;

function man(name: string, language: string, body: Body): Speaker {
  return { name, gender: 'male', split: 'train', language, ...body };
}

function woman(name: string, language: string, body: Body): Speaker {
  return { name, gender: 'female', split: 'train', language, ...body };
}

function forTest(speaker: Speaker): Speaker {
  return { ...speaker, split: 'test' };
}
