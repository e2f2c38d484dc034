import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/core/errors.js';
import { readText } from '../../src/core/files.js';
import { FEATURE_NAMES } from '../../src/features/sets/prosody36/settings.js';
import { exportHuggingFace } from '../../src/export/hugging-face.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { alstmHere, errorOf, jsonLines } from '../cli/run-cli.js';
import { zipOf } from '../model/archives.js';
import { tinyModel } from '../model/tiny-model.js';
import { diskFull, MemoryFiles } from '../support/memory-files.js';

const trained = tinyModel();
const json = async (files: MemoryFiles, path: string): Promise<unknown> =>
  JSON.parse(await readText(files, path));

async function withModel(): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  await writeModel(files, 'm', trained);
  return files;
}

describe('export for Hugging Face', () => {
  it('writes model, settings and card, and what it writes is a model', async () => {
    const files = new MemoryFiles();
    expect(await exportHuggingFace(files, 'hf', trained, '# Card\n')).toEqual([
      'hf/README.md',
      'hf/config.json',
      'hf/model.safetensors',
      'hf/preprocessor_config.json',
    ]);
    expect(await readModel(files, 'hf')).toEqual(trained);
    expect(await readText(files, 'hf/README.md')).toBe('# Card\n');
    expect(await json(files, 'hf/preprocessor_config.json')).toEqual({
      feature_extractor_type: 'AlstmFeatureExtractor',
      sampling_rate: 16000,
      mono: true,
      frame_length: 400,
      hop_length: 160,
      feature_size: 36,
      feature_names: FEATURE_NAMES,
      do_normalize: true,
      normalisation: 'utterance',
    });
  });

  it("keeps the training side's numbers", async () => {
    const files = new MemoryFiles();
    const statistics = { mean: Array(36).fill(0.5), deviation: Array(36).fill(2) } as const;
    const normalisation = { scope: 'training', statistics } as const;
    await exportHuggingFace(files, 'hf', { ...trained, normalisation }, '');
    expect(await json(files, 'hf/preprocessor_config.json')).toMatchObject({
      normalisation: 'training',
      statistics,
    });
  });

  it('writes over nothing, and is no model before it is whole', async () => {
    const files = await withModel();
    await expect(exportHuggingFace(files, 'm', trained, '')).rejects.toThrow(FileError);
    files.failOn((op, path) =>
      op === 'write' && path.endsWith('.safetensors') ? diskFull(path) : undefined,
    );
    await expect(exportHuggingFace(files, 'hf', trained, '')).rejects.toThrow('disk is full');
    files.failOn(() => undefined);
    await expect(readModel(files, 'hf')).rejects.toThrow('there is no model in hf');
    // what was begun is gone on with, but not where anything is another's
    await expect(exportHuggingFace(files, 'hf', trained, 'another')).rejects.toThrow('not empty');
    await files.write('hf/notes.txt', '');
    await expect(exportHuggingFace(files, 'hf', trained, '')).rejects.toThrow('not empty');
    await files.remove('hf/notes.txt');
    expect(await exportHuggingFace(files, 'hf', trained, '')).toHaveLength(4);
    expect(await readModel(files, 'hf')).toEqual(trained);
    await expect(exportHuggingFace(files, 'hf', trained, '')).rejects.toThrow('not empty');
  });
});

describe('alstm export --hf', () => {
  it('takes the card that lies beside the model, or else makes one', async () => {
    const files = await withModel();
    const made = await alstmHere(['export', 'm', '--hf', 'out/speech', '--json'], { files });
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(jsonLines(made)).toMatchObject([{ folder: 'out/speech', files: { length: 4 } }]);
    const card = await readText(files, 'out/speech/README.md');
    expect(card).toMatch(/^---\n/);
    expect(card).toContain('library_name: alstm');
    expect(card).toContain('# speech\n');
    expect(card).toContain('| feature normalisation | utterance |');
    await files.write('m/README.md', '---\nlicense: mit\n---\n# Mine\n');
    await alstmHere(['export', 'm', '--hf', 'second'], { files });
    expect(await readText(files, 'second/README.md')).toContain('# Mine');
  });

  it('takes an archive', async () => {
    const from = await withModel();
    const entries = await Promise.all(
      ['config.json', 'model.safetensors'].map(
        async (name) => [name, await from.read(`m/${name}`)] as const,
      ),
    );
    const files = new MemoryFiles({ 'm.zip': zipOf(entries) });
    const ended = await alstmHere(['export', 'm.zip', '--hf', 'hf'], { files });
    expect(ended.status).toBe(0);
    expect(await readModel(files, 'hf')).toEqual(trained);
  });

  it('refuses a folder in use, and a command that names nothing to write', async () => {
    const files = await withModel();
    const used = await alstmHere(['export', 'm', '--hf', 'm'], { files });
    expect(used.status).toBe(1);
    expect(errorOf(used).message).toBe('cannot write a model to m: it is not empty');
    const nothing = await alstmHere(['export', 'm'], { files });
    expect(nothing.status).toBe(2);
    expect(errorOf(nothing).hint).toBe('Give --onnx FILE or --hf DIR.');
  });
});
