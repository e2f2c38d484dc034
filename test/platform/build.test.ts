import { cp, mkdir, readFile, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Ended, runModule, temporaryFolder } from '../support/process.js';

const script = '#!/usr/bin/env node\nexport const answer: number = 42;\n';

/** A project with one command, and TypeScript unless told otherwise. */
async function project(withCompiler = true): Promise<string> {
  const folder = await temporaryFolder();
  await cp('tools/build.mjs', join(folder, 'tools', 'build.mjs'));
  await mkdir(join(folder, 'src', 'cli'), { recursive: true });
  await writeFile(join(folder, 'src', 'cli', 'main.ts'), script);
  const compilerOptions = { rootDir: 'src', module: 'nodenext', target: 'es2022', types: [] };
  const config = { compilerOptions, include: ['src'] };
  await writeFile(join(folder, 'tsconfig.build.json'), JSON.stringify(config));
  const manifest = { type: 'module', bin: { answer: 'dist/cli/main.js' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true });
  if (withCompiler) {
    await symlink(resolve('node_modules/typescript'), join(folder, 'node_modules', 'typescript'));
  }
  return folder;
}

function build(folder: string): Promise<Ended> {
  return runModule(folder, `await import('./tools/build.mjs')`);
}

test('the build makes commands that can be run, and takes away what was there before', async () => {
  const folder = await project();
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'dist', 'old.js'), '');
  expect((await build(folder)).status).toBe(0);
  expect(await readdir(join(folder, 'dist'))).toEqual(['cli']);
  const file = await stat(join(folder, 'dist', 'cli', 'main.js'));
  expect(file.mode & 0o111).toBe(0o111);
  const command = await readFile(join(folder, 'node_modules', '.bin', 'answer'), 'utf8');
  expect(command).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('where only an old one is to be replaced, a new one stays', async () => {
  const folder = await project();
  const ifOlder = () =>
    runModule(folder, `process.argv.push('--if-older'); await import('./tools/build.mjs')`);
  const made = async () => (await stat(join(folder, 'dist', 'cli', 'main.js'))).ino;
  expect((await ifOlder()).status).toBe(0);
  const before = await made();
  expect(await ifOlder()).toMatchObject({ status: 0, stderr: 'build: dist/ is new\n' });
  expect(await made()).toBe(before);
  const later = new Date(Date.now() + 10_000);
  await utimes(join(folder, 'src'), later, later); // as if a file there were gone
  expect((await ifOlder()).status).toBe(0);
  expect(await made()).not.toBe(before);
});

test('the build takes along the models of src/voices', async () => {
  const folder = await project();
  const model = join(folder, 'src', 'voices', 'voices-9');
  await mkdir(model, { recursive: true });
  for (const name of ['LICENSE', 'model.safetensors']) await writeFile(join(model, name), name);
  expect((await build(folder)).status).toBe(0);
  const built = join(folder, 'dist', 'voices', 'voices-9');
  expect(await readdir(built)).toEqual(['LICENSE', 'model.safetensors']);
  expect(await readFile(join(built, 'LICENSE'), 'utf8')).toBe('LICENSE');
});

test('a build that fails leaves what was there before, and nothing else', async () => {
  const folder = await project();
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'dist', 'old.js'), '');
  await writeFile(join(folder, 'src', 'wrong.ts'), 'export const answer: number = "42";\n');
  const { status, stdout } = await build(folder);
  expect(status).not.toBe(0);
  expect(stdout).toContain('src/wrong.ts(1,14): error TS2322');
  expect(await readdir(join(folder, 'dist'))).toEqual(['old.js']);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('without TypeScript there is a line and no failure', async () => {
  const { status, stderr } = await build(await project(false));
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'build: typescript is not installed; dist/ is unchanged\n',
  });
});
