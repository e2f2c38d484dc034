import { type Command, Option } from 'commander';
import type { SubsampleConfig } from '../../core/config.js';
import { modelFields } from '../../network/fields.js';
import { addRenamed } from './renamed.js';
import { integerBetween, integerFrom } from './values.js';

/** Options that say which layers a network has before its pooling. */
export interface LayerFlags {
  readonly inputUnits?: number;
  readonly recurrentLayers?: number;
  readonly subsample?: number;
  readonly subsampleHow?: SubsampleConfig['how'];
}

/** @param defaults said in the help and given where the option is absent */
export function addLayerOptions(command: Command, defaults: LayerFlags = {}): Command {
  const input = new Option('--input-units <n>', 'units of the dense input layer');
  input.argParser(integerFrom(1));
  if (defaults.inputUnits !== undefined) input.default(defaults.inputUnits);
  return addRenamed(command, input, '--frontend-units')
    .option(
      '--recurrent-layers <n>',
      'recurrent layers, one on the other: 1 to 4 (default: 1)',
      integerBetween(1, 4),
    )
    .option(
      '--subsample <k>',
      'before the input layer every k frames become one: 1 to 16 (default: 1)',
      integerBetween(1, 16),
    )
    .addOption(
      new Option('--subsample-how <name>', 'how frames become one (default: mean)').choices(
        modelFields.how.options,
      ),
    );
}
