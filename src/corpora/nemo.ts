import { parseTsv } from '../core/csv.js';
import { CorpusError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { tableOf } from '../core/table.js';
import { corpusOfExisting, labelsOf, type Corpus } from './corpus.js';
import { refuseBadNames } from './tables.js';

/**
 * nEMO (Christop, *nEMO: dataset of emotional speech in Polish*, LREC-COLING 2024): `data.tsv`
 * next to `samples/`. Missing recordings are skipped.
 *
 * @throws CorpusError, FormatError, FileError
 */
export async function readNemo(files: Files, folder: string): Promise<Corpus> {
  const table = joinPath(folder, 'data.tsv');
  if (!(await files.exists(table))) {
    throw new CorpusError(
      `there is no ${table}`,
      'Give the folder of the nEMO corpus, with data.tsv and samples/.',
    );
  }
  const required = ['file_id', 'emotion', 'speaker_id', 'gender'] as const;
  const parsed = tableOf(parseTsv(await readText(files, table), table), table, { required });
  refuseBadNames(parsed, table, 'file_id');
  const utterances = parsed.rows.map(({ cells }) => ({
    path: joinPath(folder, `samples/${cells.file_id.trim()}`),
    labels: labelsOf({ ...cells, speaker: cells.speaker_id }),
  }));
  return corpusOfExisting('nemo', files, utterances);
}
