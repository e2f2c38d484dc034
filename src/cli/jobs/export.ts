import { UsageError } from '../../core/errors.js';
import { formatBytes } from '../../graph/print.js';
import type { TrainedModel } from '../../model/folder.js';
import type { OnnxValue } from '../../onnx/file.js';
import type { Cli } from '../cli.js';
import { exportHf } from './export-hf.js';
import { readGiven } from '../given/model.js';

export interface ExportFlags {
  readonly onnx?: string;
  readonly hf?: string;
}

export async function exportModel(
  cli: Cli,
  model: string,
  { onnx, hf }: ExportFlags,
): Promise<void> {
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
