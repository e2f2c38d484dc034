import { type Command, Option } from 'commander';
import {
  functionalsScopes,
  modelFields,
  MOST_RECURRENT,
  MOST_SUBSAMPLED,
} from '../../network/fields.js';
import type { LayerChoices } from '../../runs/choices.js';
import { addRenamed } from './renamed.js';
import { integerFrom } from './values.js';

/** Options that say which layers a network has before its pooling, and beside them. */
export type LayerFlags = LayerChoices;

/** @param defaults shown in the help and used when the option is absent */
export function addLayerOptions(command: Command, defaults: LayerFlags = {}): Command {
  const input = new Option('--input-units <n>', 'units of the dense input layer');
  input.argParser(integerFrom(1));
  if (defaults.inputUnits !== undefined) input.default(defaults.inputUnits);
  return addRenamed(command, input, '--frontend-units')
    .option(
      '--recurrent-layers <n>',
      `stacked recurrent layers: 1 to ${MOST_RECURRENT} (default: 1)`,
      integerFrom(1, MOST_RECURRENT),
    )
    .option(
      '--subsample <k>',
      `merge every k frames into one before the input layer: 1 to ${MOST_SUBSAMPLED}; 1: none`,
      integerFrom(1, MOST_SUBSAMPLED),
    )
    .addOption(
      new Option('--subsample-how <name>', 'how frames are merged (default: mean)').choices(
        modelFields.how.options,
      ),
    )
    .option(
      '--functionals <units>',
      'units of a dense layer over functionals of the utterance, beside the other layers; 0: none',
      integerFrom(0),
    )
    .addOption(
      new Option(
        '--functionals-scope <name>',
        'of what: the frames as the network receives them, or raw frames, then normalised by speaker ' +
          '(default: the latter where features are normalised by speaker)',
      ).choices(functionalsScopes),
    );
}
