import { readText } from '../../core/files.js';
import { joinPath } from '../../core/paths.js';
import { exportHuggingFace } from '../../export/hugging-face.js';
import { isArchiveName } from '../../model/archive.js';
import type { TrainedModel } from '../../model/folder.js';
import { findModelFolder } from '../../model/source.js';
import { isUrl } from '../../model/url.js';
import { cardOfModel } from '../../runs/card.js';
import { withLicense } from '../../report/card/license.js';
import type { Cli } from '../cli.js';

/** Writes the model in Hugging Face's layout, with the card next to it or else a short one. */
export async function exportHf(
  cli: Cli,
  path: string,
  trained: TrainedModel,
  folder: string,
): Promise<void> {
  const own = await ownCard(cli, path);
  const { license } = trained;
  const card =
    own === undefined
      ? cardOfModel(folder.split('/').at(-1) ?? '', trained)
      : license === undefined
        ? own
        : withLicense(own, license);
  const paths = await exportHuggingFace(cli.files, folder, trained, card);
  cli.result({ folder, files: paths }, () => paths);
}

/** Undefined for a model without one, or that is not a folder. */
async function ownCard({ files }: Cli, model: string): Promise<string | undefined> {
  if (isUrl(model) || (isArchiveName(model) && !(await files.isFolder(model)))) return undefined;
  const card = joinPath(await findModelFolder(files, model), 'README.md');
  return (await files.exists(card)) ? await readText(files, card) : undefined;
}
