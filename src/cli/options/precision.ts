import type { Option } from 'commander';
import { precisions } from '../../core/choices.js';
import { choice } from './choice.js';

/** @param usual what it is unless it is given, for the help */
export function precisionOption(usual = 'f32'): Option {
  return choice(
    '--precision <type>',
    `numbers inside the network; f16 needs a GPU with shader-f16 (default: ${usual})`,
    precisions,
  );
}
