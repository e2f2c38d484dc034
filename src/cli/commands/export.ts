import { type Command, InvalidArgumentError } from 'commander';
import type { ExportFlags } from '../jobs/export.js';
import { MODEL_TEXT } from '../options/model.js';
import { path } from '../options/values.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';

export function addExport(program: Command, run: Run): void {
  program
    .command('export')
    .summary('take a model elsewhere: ONNX, Hugging Face')
    .description(
      'Writes a model for other programs; no GPU is needed. --onnx: one file of standard operators. Its inputs are ' +
        'normalised features and the length of each recording in frames, its outputs the probabilities of each task and ' +
        'the attention over time; its metadata hold labels, features and normalisation. --hf: a folder that can be ' +
        'uploaded as it is, with the model, preprocessor_config.json and a model card.',
    )
    .argument('<model>', MODEL_TEXT, path)
    .option('--onnx <file>', 'ONNX file to write', onnxPath)
    .option('--hf <dir>', 'folder to write for Hugging Face: new or empty', path)
    .addHelpText(
      'after',
      examples(
        'alstm export runs/first --onnx first.onnx',
        'alstm export runs/first --hf speech-emotion',
      ),
    )
    .action((model: string, flags: ExportFlags, self: Command) =>
      run(self, async (cli) => (await import('../jobs/export.js')).exportModel(cli, model, flags)),
    );
}

/** The required extension prevents overwriting a model's own files by mistake. */
function onnxPath(text: string): string {
  if (/[^/\\]\.onnx$/i.test(text)) return path(text);
  throw new InvalidArgumentError('Give a file name that ends in .onnx.');
}
