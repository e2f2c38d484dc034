/**
 * Generates the report from the measurements: for each file of bench/results/<adapter>/ a figure (SVG) next to it, accuracy
 * and speed as a figure each in bench/pictures/, and the tables between `<!-- bench:NAME -->` marks of the guide of results,
 * bench/README.md and that of the models that come along.
 *
 *     npm run bench:report [-- RESULTS_FOLDER PAGE...]
 */
import { messageOf } from '../src/core/errors.js';
import { readText, type Files } from '../src/core/files.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { readEvaluations, tablesOf as voicesTables } from '../tools/voices/table.js';
import { benchFigures, peersFigure } from './plots.js';
import { speedFigure } from './speed-figure.js';
import { readStored } from './stored.js';
import { fillPage, type Tables } from './tables.js';
import { readUnseenVoices, unseenVoicesFigure, unseenVoicesTable } from './unseen-voices.js';

/** What is shown beside the results of each benchmark. */
export interface Overview {
  /** For the marks of pages. */
  readonly tables: Tables;
  /** SVG by its path. */
  readonly figures: Readonly<Record<string, string>>;
}

/** The tables of the committed experiments, accuracy and speed as a figure each. */
export async function readOverview(files: Files, folder: string): Promise<Overview> {
  const speed = speedFigure(await readStored(files, folder));
  const unseen = await readUnseenVoices(files, 'bench/experiments');
  return {
    tables: {
      'unseen-voices': unseenVoicesTable(unseen),
      ...voicesTables(readEvaluations('bench/experiments/voices')),
    },
    figures: {
      'bench/pictures/accuracy.svg': unseenVoicesFigure(unseen),
      ...(speed !== undefined && { 'bench/pictures/speed.svg': speed }),
    },
  };
}

/** Paths of the written files; unchanged files are not written. */
export async function writeReport(
  files: Files,
  folder: string,
  pages: readonly string[],
  overview: Overview = { tables: {}, figures: {} },
): Promise<string[]> {
  const all = await readStored(files, folder);
  const written: string[] = [];
  const write = async (path: string, text: string): Promise<void> => {
    if ((await files.exists(path)) && (await readText(files, path)) === text) return;
    await files.write(path, text);
    written.push(path);
  };
  for (const { adapter, bench, peers } of all) {
    const figures = [...bench.map(benchFigures), ...(peers ? [peersFigure(peers)] : [])];
    for (const [name, svg] of figures.flatMap((made) => Object.entries(made))) {
      await write(`${folder}/${adapter}/${name}.svg`, svg);
    }
  }
  for (const [path, svg] of Object.entries(overview.figures)) await write(path, svg);
  for (const page of pages) {
    if (!(await files.exists(page))) continue;
    await write(page, fillPage(await readText(files, page), page, all, overview.tables));
  }
  return written;
}

/** Where the tables stand. */
export const reportPages = [
  'test/guides/results.md',
  'bench/README.md',
  'bench/experiments/voices/README.md',
] as const;

if (process.argv[1]?.endsWith('report.js')) {
  const [folder = 'bench/results', ...pages] = process.argv.slice(2);
  try {
    const files = new NodeFiles();
    const wanted = pages.length > 0 ? pages : reportPages;
    const overview = await readOverview(files, folder);
    const written = await writeReport(files, folder, wanted, overview);
    for (const path of written) console.log(path);
  } catch (error) {
    console.error(`report: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
