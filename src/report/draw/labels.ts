import { printableOnOneLine } from '../../core/printable.js';

/** Labels on the axes of a figure. */
export interface AxisLabels {
  /** Shortened. */
  readonly texts: readonly string[];
  /** Of the longest, in pixels. */
  readonly width: number;
  /** Whether they are too long to fit side by side. */
  readonly slanted: boolean;
  /** A scale over their indices: labels may still look alike. */
  readonly scale: { readonly domain: number[]; readonly tickFormat: (i: number) => string };
}

/** Longest label, in characters. */
const longest = 14;
/** Of a character, in pixels. */
const characterWidth = 6.5;
/** Characters that all columns of a figure have room for. */
const room = 40;

export function axisLabels(labels: readonly string[], most = longest): AxisLabels {
  const short = labels.map((label) => shortened(label, most));
  const texts = labels.map((label, i) => {
    const text = short[i] ?? '';
    const alike = short.some((other, k) => other === text && labels[k] !== label);
    return alike ? shortenedInside(label, most) : text;
  });
  const characters = Math.max(...texts.map((text) => [...text].length), 1);
  return {
    texts,
    width: characterWidth * characters,
    slanted: characters * labels.length > room,
    scale: { domain: labels.map((_, i) => i), tickFormat: (i) => texts[i] ?? '' },
  };
}

export function shortened(label: string, most = longest): string {
  const line = printableOnOneLine(label);
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
}

/** For labels with the same beginning. */
function shortenedInside(label: string, most: number): string {
  const line = printableOnOneLine(label);
  const characters = [...line];
  if (characters.length <= most) return line;
  const end = Math.ceil((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(-end).join('')}`;
}
