/**
 * Unpacks a Mesa with subgroup matrices (lavapipe of Debian trixie-backports, 26.1 or later), with the C library that it
 * was built for, into a folder: nothing is installed. x64 Linux with dpkg-deb and xz, 75 MB to fetch.
 *
 *     node tools/unpack-mesa.mjs [FOLDER]      # default: ALSTM_MESA, or node_modules/.cache/mesa
 *     FOLDER/node dist/cli/main.js doctor      # this Node on that lavapipe
 *
 * DEBIAN_MIRROR names another mirror than http://deb.debian.org/debian. Every file is checked against the suite's list, and the
 * list's signature where gpgv and Debian's keys are here.
 */
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

const mirror = process.env['DEBIAN_MIRROR'] || 'http://deb.debian.org/debian';
const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** The later suite's packages are preferred. */
const suites = ['trixie', 'trixie-backports'];
const wanted = ['mesa-vulkan-drivers', 'libvulkan1', 'libc6', 'libstdc++6'];

async function get(path) {
  const response = await globalThis.fetch(`${mirror}/${path}`);
  if (!response.ok) throw new Error(`${mirror}/${path}: ${response.status} ${response.statusText}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Fetches a file, and refuses another than the one expected. */
async function getChecked(path, sha256) {
  const bytes = await get(path);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${mirror}/${path} is damaged: its SHA-256 is ${found}`);
  return bytes;
}

/** The list of a suite's files, its signature checked. */
async function release(suite, folder) {
  const path = `dists/${suite}/InRelease`;
  const signed = await get(path);
  if (!existsSync(keys)) {
    say(`${path}: signature not checked, there is no ${keys}`);
    return signed.toString();
  }
  const file = join(folder, suite);
  await writeFile(file, signed);
  execFileSync('gpgv', ['--quiet', '--keyring', keys, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return signed.toString();
}

/** A suite's packages by name: their fields. */
async function packagesOf(suite, folder) {
  const index = 'main/binary-amd64/Packages.xz';
  const list = await release(suite, folder);
  const line = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${index}$`, 'm').exec(list);
  if (line === null) throw new Error(`dists/${suite}/InRelease does not list ${index}`);
  const packed = await getChecked(`dists/${suite}/${index}`, line[1]);
  const text = execFileSync('xz', ['-dc'], { input: packed, maxBuffer: 2 ** 28 }).toString();
  return text.split('\n\n').flatMap((paragraph) => {
    const fields = new Map(
      [...paragraph.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    return fields.has('Package') ? [[fields.get('Package'), fields]] : [];
  });
}

/** Packages and all that they depend on; of alternatives the first, none that only configures a system. */
function closure(packages) {
  const found = new Map();
  const add = (name) => {
    const fields = packages.get(name);
    if (fields === undefined || found.has(name)) return;
    found.set(name, fields);
    for (const kind of ['Pre-Depends', 'Depends']) {
      for (const one of (fields.get(kind) ?? '').split(',')) {
        const own = /^\s*([a-z0-9.+-]+)/.exec(one)?.[1];
        if (own !== undefined && /^(lib|mesa|zlib)/.test(own)) add(own);
      }
    }
  };
  for (const name of wanted) add(name);
  return [...found.values()];
}

/** Starts this Node by the folder's own ld.so; what it starts in turn (process.execPath) goes the same way. */
function starter(root, driver) {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `#!/bin/sh
export VK_DRIVER_FILES=${quoted(driver)} VK_ICD_FILENAMES=${quoted(driver)}
exec ${quoted(join(libraries, 'ld-linux-x86-64.so.2'))} --library-path ${quoted(libraries)} \\
  ${quoted(process.execPath)} --import ${quoted(join(dirname(root), 'exec-path.mjs'))} "$@"
`;
}

const execPath = `// process.execPath would be the ld.so that started this program
import process from 'node:process';
process.execPath = new URL('node', import.meta.url).pathname;
`;

function say(line) {
  process.stderr.write(`${line}\n`);
}

async function unpack(folder) {
  const work = await mkdtemp(join(tmpdir(), 'alstm-mesa-'));
  try {
    const lists = [];
    for (const suite of suites) lists.push(...(await packagesOf(suite, work)));
    const packages = closure(new Map(lists));
    const root = join(folder, 'root');
    await rm(folder, { recursive: true, force: true });
    await mkdir(root, { recursive: true });
    for (const fields of packages) {
      say(`${fields.get('Package')} ${fields.get('Version')}`);
      const file = join(work, 'package.deb');
      await writeFile(file, await getChecked(fields.get('Filename'), fields.get('SHA256')));
      execFileSync('dpkg-deb', ['--extract', file, root]);
    }
    const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
    const names = await readdir(libraries);
    const library = names.find((name) => name.startsWith('libvulkan_lvp'));
    if (library === undefined) throw new Error('the packages hold no lavapipe');
    const driver = join(folder, 'lavapipe.json');
    const ICD = { library_path: join(libraries, library), api_version: '1.4.0' };
    await writeFile(driver, JSON.stringify({ file_format_version: '1.0.0', ICD }));
    await writeFile(join(folder, 'exec-path.mjs'), execPath);
    // the starter last, and whole: whoever finds it finds everything
    await writeFile(join(folder, 'starting'), starter(root, driver), { mode: 0o755 });
    await rename(join(folder, 'starting'), join(folder, 'node'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const folder = resolve(
  process.argv[2] ?? (process.env['ALSTM_MESA'] || 'node_modules/.cache/mesa'),
);
try {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('this is for x64 Linux');
  await unpack(folder);
  process.stdout.write(`${join(folder, 'node')}\n`);
} catch (error) {
  say(`unpack-mesa: ${error.message}`);
  process.exitCode = 1;
}
