import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface Lock {
  readonly packages: Record<string, { hasInstallScript?: boolean; integrity?: string }>;
}

/** Packages whose scripts npm runs; they fetch nothing but what a registry holds. */
const SCRIPTS = ['deno', 'protobufjs', 'webgpu'];

// After 1.16 onnxruntime-node fetches files of CUDA from elsewhere when it is installed on Linux.
test('npm ci runs scripts of known packages alone, and checks all that it takes', async () => {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock;
  const installed = Object.entries(packages).filter(([path]) => path !== '');
  const paths = (found: typeof installed) =>
    found.map(([path]) => path.replace(/^.*node_modules\//, ''));
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(paths(scripts).sort()).toEqual(SCRIPTS);
  expect(paths(installed.filter(([, { integrity }]) => !integrity))).toEqual([]);
});
