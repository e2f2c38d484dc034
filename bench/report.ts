/**
 * Generates the report from the measurements: for each file of bench/results/<adapter>/ a figure (SVG)
 * next to it, and the tables between `<!-- bench:NAME -->` marks in README.md and bench/README.md.
 *
 *     npm run bench:report [-- RESULTS_FOLDER PAGE...]
 */
import { messageOf } from '../src/core/errors.js';
import { readText, type Files } from '../src/core/files.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { benchFigures, peersFigure } from './plots.js';
import { readStored } from './stored.js';
import { fillPage } from './tables.js';

/** Paths of the written files; unchanged files are not written. */
export async function writeReport(
  files: Files,
  folder: string,
  pages: readonly string[],
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
  for (const page of pages) {
    if (!(await files.exists(page))) continue;
    await write(page, fillPage(await readText(files, page), page, all));
  }
  return written;
}

if (process.argv[1]?.endsWith('report.js')) {
  const [folder = 'bench/results', ...pages] = process.argv.slice(2);
  try {
    const wanted = pages.length > 0 ? pages : ['README.md', 'bench/README.md'];
    for (const path of await writeReport(new NodeFiles(), folder, wanted)) console.log(path);
  } catch (error) {
    console.error(`report: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
