import { type Command, Option } from 'commander';
import {
  functionalsScopes,
  MOST_RECURRENT,
  MOST_SUBSAMPLED,
  subsamplings,
} from '../../core/choices.js';
import type { LayerChoices } from '../../runs/choices.js';
import { choice } from './choice.js';
import { addRenamed } from './renamed.js';
import { integerFrom } from './values.js';

/** Options that say which layers a network has before its pooling, and beside them. */
export type LayerFlags = LayerChoices;

/** @param defaults shown in the help and used when the option is absent */
export function addLayerOptions(command: Command, defaults: LayerFlags = {}): Command {
  const input = new Option('--input-units <n>', 'units of the first layer, which is dense');
  input.argParser(integerFrom(1));
  if (defaults.inputUnits !== undefined) input.default(defaults.inputUnits);
  return addRenamed(command, input, '--frontend-units')
    .option(
      '--recurrent-layers <n>',
      `recurrent layers, one on the other: 1 to ${MOST_RECURRENT} (default: 1)`,
      integerFrom(1, MOST_RECURRENT),
    )
    .option(
      '--subsample <k>',
      `make one frame of every k before the first layer: 1 to ${MOST_SUBSAMPLED}; 1: keep all`,
      integerFrom(1, MOST_SUBSAMPLED),
    )
    .addOption(
      choice('--subsample-how <name>', 'how frames are made one (default: mean)', subsamplings),
    )
    .option(
      '--functionals <units>',
      'units of a layer beside the others that sees statistics of the whole recording; 0: none',
      integerFrom(0),
    )
    .addOption(
      choice(
        '--functionals-scope <name>',
        'statistics of the frames that the network gets, or of raw frames, then scaled by speaker ' +
          '(the default where features are scaled by speaker)',
        functionalsScopes,
      ),
    );
}
