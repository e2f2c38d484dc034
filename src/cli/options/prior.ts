import { InvalidArgumentError, Option } from 'commander';
import type { ClassPrior } from '../../metrics/prior.js';
import { pairs } from './lists.js';
import { path } from './values.js';

/** `--prior`: shares, or a file that has them. */
export type PriorFlag = ClassPrior | { readonly file: string };

/** @param verb what is done with the corrected scores */
export function priorOption(verb: string): Option {
  return new Option(
    '--prior <shares>',
    `${verb} scores corrected to known shares of the labels: uniform, anger=0.2,neutral=0.8 or a JSON file. ` +
      'Takes for granted that each speaker shows the labels in these shares',
  ).argParser(priorFlag);
}

function priorFlag(text: string): PriorFlag {
  if (text === 'uniform') return text;
  if (!text.includes('=')) return { file: path(text) };
  const hint = 'Give uniform, shares such as anger=0.2,neutral=0.8, or a JSON file.';
  const shares = [...pairs(text, hint)].map(([label, share]) => [label, Number(share)] as const);
  if (shares.every(([, share]) => share > 0)) return Object.fromEntries(shares);
  throw new InvalidArgumentError(hint);
}
