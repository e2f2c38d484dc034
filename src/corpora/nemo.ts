import { parseTsv } from '../core/csv.js';
import { CorpusError } from '../core/errors.js';
import { readText, type Files } from '../core/files.js';
import { brief, hasControl } from '../core/json.js';
import { joinPath } from '../core/paths.js';
import { tableOf } from '../core/table.js';
import { corpusOfExisting, labelsOf, type Corpus } from './corpus.js';

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
  const { rows } = tableOf(parseTsv(await readText(files, table)), table, { required });
  const lines = new Map<string, number>();
  const utterances = rows.map(({ line, cells }) => {
    const file = cells.file_id.trim();
    if (/^\.{0,2}$|[/\\]/.test(file) || hasControl(file)) {
      const problem = `file_id ${brief(file)} is not a file name`;
      throw new CorpusError(`${table}, line ${line}: ${problem}`, 'Correct the table.');
    }
    const before = lines.get(file);
    if (before !== undefined) {
      const problem = `${file} is already on line ${before}`;
      throw new CorpusError(`${table}, line ${line}: ${problem}`, 'Remove one of the two lines.');
    }
    lines.set(file, line);
    const labels = labelsOf({ ...cells, speaker: cells.speaker_id });
    return { path: joinPath(folder, `samples/${file}`), labels };
  });
  return corpusOfExisting('nemo', files, utterances);
}
