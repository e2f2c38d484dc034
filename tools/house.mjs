/**
 * Figures of how the code is laid out: `npm run house`. Circles and arrows against the order of the rooms (by
 * dependency-cruiser, with tools/rooms.mjs), files over 400 lines, and how many files name one thing of each kind that
 * is often added, which is how many an addition touches. Exit status 1 where an arrow or a circle is wrong.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import config from '../.dependency-cruiser.mjs';

/**
 * A thing of each kind: what names it in code, and which files are its own. An addition brings the like of its own
 * files, and changes the others.
 */
const examples = {
  'a kernel': ['pooling_sum', /\bpooling_sum\b|\bpoolingSum\b/, /\/pooling_sum\./],
  'a cell': ['a-gru', /'a-gru'/, /$^/],
  'a kind of cell': ['gru', /'gru'|gru_cell|\bgru\b/i, /gru_cell/],
  'a feature set': ['prosody36', /'prosody36'|sets\/prosody36|\bprosody36\b/, /sets\/prosody36\//],
  'a head': ['cross-entropy', /'cross-entropy'|heads\/cross|\bcrossEntropy\b/, /cross.entropy/],
  'a layer kind': [
    'subsample',
    /kind: 'subsample'|layers\/subsample|'\.\/subsample|subsample\.js/,
    /(layers|frames)\/subsample/,
  ],
  'a corpus reader': ['emovo', /\bemovo\b/, /\/emovo\./],
};

/** Code without its comments. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'shaders'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(ts|wgsl)$/.test(path));
const texts = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]));

const { options, forbidden } = config;
const { output } = await cruise(
  ['src'],
  { ...options, ruleSet: { forbidden }, validate: true },
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
const { violations } = output.summary;
const circles = violations.filter(({ rule }) => rule.name === 'no-circle');
const arrows = violations.filter(({ rule }) => rule.name !== 'no-circle');
const long = [...texts].filter(([, text]) => text.split('\n').length > 401);

const print = (line) => process.stdout.write(`${line}\n`);
print(`modules ${output.modules.length}, imports ${output.summary.totalDependenciesCruised}`);
print(`circles ${circles.length}`);
print(`arrows up ${arrows.length}`);
for (const { from, to } of [...circles, ...arrows]) print(`  ${from} → ${to}`);
print(`files over 400 lines ${long.length}`);
for (const [path] of long) print(`  ${path}`);
print('files that an addition touches');
for (const [kind, [name, pattern, mine]] of Object.entries(examples)) {
  const found = [...texts].filter(
    ([path, text]) => mine.test(path) || pattern.test(withoutComments(text)),
  );
  const own = found.filter(([path]) => mine.test(path)).length;
  print(`  ${kind} (${name}): ${own} of its own, ${found.length - own} others`);
  if (process.argv.includes('--list')) for (const [path] of found) print(`    ${path}`);
}
if (violations.length > 0) process.exitCode = 1;
