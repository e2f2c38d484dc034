import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../package/install.js';
import { corpusFiles } from '../data/corpus-files.js';
import { denoAdapter, denoExecutable, denoProject, removeProject } from './deno.js';

const project = await denoProject(['test/examples/deno.ts', 'test/deno/files.ts']);
afterAll(() => removeProject(project));

/** As a user would start it: with no more permissions than are named. */
function deno(env: NodeJS.ProcessEnv, permissions: readonly string[], ...script: string[]) {
  const args = ['run', '--unstable-webgpu', '--no-prompt', ...permissions, ...script];
  return run(denoExecutable(), args, { cwd: project, env: { NO_COLOR: '1', ...env } });
}

it('trains and predicts in Deno as the example shows', async () => {
  for (const [path, bytes] of Object.entries(corpusFiles(8))) {
    await writeFile(join(project, path), bytes);
  }
  const args = ['deno.ts', 'manifest.csv', 'cid-0.wav', 'runs/first'];
  const permissions = ['--allow-read', '--allow-write'];
  const { status, stdout, stderr } = await deno(await denoAdapter(), permissions, ...args);
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/computing on/);
  expect(JSON.parse(stdout)).toMatchObject({ label: 'anger' });
  const left = await readdir(join(project, 'runs', 'first'));
  expect(left.sort()).toEqual(['checkpoints', 'config.json', 'log.jsonl', 'model']);
});

it('keeps files, and says what Deno lacks', async () => {
  const folder = join(project, 'files');
  const inUse = 'F/run is in use by another process (its lock is F/run/.lock)';
  await mkdir(folder);
  await symlink('target', join(folder, 'link'));
  await writeFile(join(folder, 'target'), '');
  const nothing = {
    DENO_WEBGPU_BACKEND: 'vulkan',
    VK_DRIVER_FILES: '/no',
    VK_ICD_FILENAMES: '/no',
  };
  const allowed = [`--allow-read=${project},/dev/null`, `--allow-write=${project},/dev/null`];
  const { status, stdout, stderr } = await deno(nothing, allowed, 'files.ts', folder);
  expect(status, stderr).toBe(0);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    read: 'second, and longer',
    log: 'one\ntwo\n',
    target: 'through the link',
    same: true,
    special: { name: 'FileError', message: 'cannot read /dev/null: it is not a regular file' },
    list: [['a', 'link', 'made', 'target'], ['deep', 'log'], []],
    kinds: [true, false, false],
    absent: { name: 'FileError', message: 'cannot read F/no: there is no such file' },
    folder: { name: 'WriteError', message: 'cannot write F/made: it is a folder' },
    device: { name: 'WriteError', message: 'cannot write /dev/null: it is not a regular file' },
    barred: { name: 'FileError', message: expect.stringContaining('--allow-read') as string },
    rename: { name: 'FileError', message: 'cannot rename F/no: there is no such file' },
    removed: false,
    locked: { name: 'FileError', message: inUse },
    released: [],
    node: { name: 'FileError', message: inUse },
    none: {
      name: 'AdapterError',
      message: 'Deno has WebGPU, but no usable GPU',
      hint: expect.stringContaining('libvulkan1') as string,
    },
    without: {
      name: 'AdapterError',
      message: 'Deno has no WebGPU here',
      hint: expect.stringContaining('--unstable-webgpu') as string,
    },
  });
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['new.txt']);
});
