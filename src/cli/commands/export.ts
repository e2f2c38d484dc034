import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../core/errors.js';
import { formatBytes } from '../../graph/print.js';
import type { TrainedModel } from '../../model/folder.js';
import type { OnnxValue } from '../../onnx/file.js';
import type { Cli } from '../cli.js';
import { exportHf } from './export-hf.js';
import type { Run } from '../run.js';
import { examples } from '../text.js';
import { MODEL_TEXT, readGiven } from '../options/model.js';
import { path } from '../options/values.js';

interface ExportFlags {
  readonly onnx?: string;
  readonly hf?: string;
}

export function addExport(program: Command, run: Run): void {
  program
    .command('export')
    .summary('export a model to ONNX or for Hugging Face')
    .description(
      'Writes a trained model as an ONNX file of standard operators, for any number of recordings and ' +
        'frames. Its inputs are normalised features and the length of each recording in frames, its outputs ' +
        "each task's probabilities and the attention over time; its metadata hold labels, feature " +
        'settings and normalisation. For Hugging Face it writes a folder ready to ' +
        'upload: the model, preprocessor_config.json and a model card. No device is needed.',
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
      run(self, (cli) => exportModel(cli, model, flags)),
    );
}

/** The required extension prevents overwriting a model's own files by mistake. */
function onnxPath(text: string): string {
  if (/[^/\\]\.onnx$/i.test(text)) return path(text);
  throw new InvalidArgumentError('Give a file name that ends in .onnx.');
}

async function exportModel(cli: Cli, model: string, { onnx, hf }: ExportFlags): Promise<void> {
  if (onnx === undefined && hf === undefined) {
    throw new UsageError('no output was given', 'Give --onnx FILE or --hf DIR.');
  }
  const trained = await readGiven(cli, model);
  if (hf !== undefined) await exportHf(cli, model, trained, hf);
  if (onnx !== undefined) await exportFile(cli, model, trained, onnx);
}

async function exportFile(
  cli: Cli,
  model: string,
  trained: TrainedModel,
  onnx: string,
): Promise<void> {
  const { exportOnnx } = await import('../../export/onnx.js'); // when needed
  const { bytes, opset, inputs, outputs } = exportOnnx(trained);
  await cli.files.write(onnx, bytes);
  const scope = trained.normalisation?.scope ?? 'utterance';
  if (scope === 'speaker') {
    cli.warn(
      `${model} normalises features over the recordings of a speaker: the ONNX file expects them that way`,
    );
  }
  const result = { path: onnx, bytes: bytes.length, opset, normalisation: scope };
  cli.result({ ...result, inputs: inputs.map(brief), outputs: outputs.map(brief) }, () => [
    `${onnx}  ${formatBytes(bytes.length)}, opset ${opset}`,
    ...inputs.map((value) => `  in   ${valueText(value)}`),
    ...outputs.map((value) => `  out  ${valueText(value)}`),
  ]);
}

function brief({ name, type, shape }: OnnxValue): Omit<OnnxValue, 'description'> {
  return { name, type, shape };
}

function valueText({ name, type, shape }: OnnxValue): string {
  return `${name} [${shape.join(', ')}] ${type}`;
}
