/**
 * Compiles src/ into dist/, bundles it for browsers into dist/browser/, builds the page into dist/web/, and copies the models of
 * src/voices/. npm runs it after an install in a clone (`prepare`), so that `npx alstm` works there, and again at the first `npx alstm`:
 * `--if-older` builds only where dist/ is older than what it is made of. A failed build leaves the previous dist/ unchanged.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** What is built for browsers, where its source is there. */
const bundles = [
  {
    source: 'src/browser.ts',
    what: 'the bundle for browsers',
    make: async (made) => (await import('./build-browser.mjs')).buildBrowser(join(made, 'browser')),
  },
  {
    source: 'src/web/index.html',
    what: 'the page',
    make: async (made) => (await import('./build-web.mjs')).buildWeb(join(made, 'web')),
  },
];

const compiler = findCompiler();
if (process.argv.includes('--if-older') && isNew()) {
  process.stderr.write('build: dist/ is new\n');
} else if (compiler === undefined) {
  // An install without development packages: must not be an error, or such an install would fail.
  process.stderr.write('build: typescript is not installed; dist/ is unchanged\n');
} else {
  process.exitCode = await build(compiler);
}

/** @returns {boolean} whether dist/ is newer than all that it is made of, folders too: a file that is gone changes its folder */
function isNew() {
  const made = join(dist, 'cli', 'main.js');
  if (!existsSync(made)) return false;
  const { mtimeMs } = statSync(made);
  return ['src', 'shaders', 'tools', 'package.json', 'package-lock.json', 'tsconfig.build.json']
    .map((name) => join(root, name))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      statSync(path).isDirectory()
        ? [
            path,
            ...readdirSync(path, { recursive: true, encoding: 'utf8' }).map((own) =>
              join(path, own),
            ),
          ]
        : [path],
    )
    .every((path) => statSync(path).mtimeMs < mtimeMs);
}

/** @returns {string | undefined} the path of tsc's script */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

/**
 * @param {string} compiler
 * @returns {Promise<number>} exit status
 */
async function build(compiler) {
  // In the tree, so that the last step is a rename on one file system.
  const made = mkdtempSync(join(root, '.dist-'));
  try {
    const project = join(root, 'tsconfig.build.json');
    const args = [compiler, '--project', project, '--outDir', made, '--noEmitOnError'];
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
    await leaveOutDocs(made);
    for (const { source, what, make } of bundles) {
      if (existsSync(join(root, source)) && !(await bundle(what, () => make(made)))) return 1;
    }
    const voices = join(root, 'src', 'voices');
    if (existsSync(voices)) cpSync(voices, join(made, 'voices'), { recursive: true });
    const commands = readCommands();
    for (const [name, path] of commands) makeRunnable(join(made, path), name);
    rmSync(dist, { recursive: true, force: true });
    renameSync(made, dist);
    chmodSync(dist, 0o755); // mkdtemp creates a folder that only its owner can read
    for (const [name, path] of commands) link(name, join(dist, path));
    return 0;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/**
 * Editors and the reference read docstrings in the declarations: a second copy in the code would double them.
 *
 * @param {string} made
 */
async function leaveOutDocs(made) {
  const { default: ts } = await import('typescript');
  for (const name of readdirSync(made, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.js')) continue;
    const file = join(made, name);
    const source = ts.createSourceFile(name, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    const found = new Set();
    const visit = (node) => {
      for (const { pos, end } of node.jsDoc ?? []) found.add(`${pos} ${end}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    let text = source.text;
    const ranges = Array.from(found, (range) => range.split(' ').map(Number));
    for (const [pos, end] of ranges.sort(([a], [b]) => b - a)) {
      const [before, after] = [text.slice(0, pos), text.slice(end)];
      const ownLines = /(?:^|\n)[ \t]*$/.test(before) && /^[ \t]*\r?\n/.test(after);
      if (ownLines) text = before.replace(/[ \t]+$/, '') + after.replace(/^[ \t]*\r?\n/, '');
    }
    writeFileSync(file, text);
  }
}

/**
 * @param {string} what
 * @param {() => Promise<unknown>} make
 * @returns {Promise<boolean>} whether it succeeded
 */
async function bundle(what, make) {
  try {
    await make();
    return true;
  } catch (error) {
    process.stderr.write(`build: ${what} failed: ${error}\n`);
    return false;
  }
}

/** @returns {[string, string][]} the commands in package.json, with their paths in dist/ */
function readCommands() {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.entries(bin).map(([name, path]) => [name, path.replace(/^dist\//, '')]);
}

function makeRunnable(file, name) {
  if (!existsSync(file)) throw new Error(`package.json names a command ${name} that src/ lacks`);
  chmodSync(file, 0o755);
}

/**
 * Links a command where npx looks first. Without it npx links the clone into its own cache, which
 * takes seconds, needs a writable home, and remembers a clone that was not built yet.
 */
function link(name, file) {
  const folder = join(root, 'node_modules', '.bin');
  if (process.platform === 'win32' || !existsSync(folder)) return;
  rmSync(join(folder, name), { force: true });
  symlinkSync(relative(folder, file), join(folder, name));
}
