import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { KernelDescriptor } from '../../src/kernels/descriptor.js';

const folder = resolve('src/kernels');

/** What a module exports that is a kernel: the functions that make several alike are not. */
function kernelsOf(exports: object): KernelDescriptor[] {
  return Object.values(exports).filter(
    (value: unknown): value is KernelDescriptor =>
      typeof value === 'object' && value !== null && 'bindings' in value && 'workgroups' in value,
  );
}

/** Every kernel of the project: a file of src/kernels that exports a descriptor adds one. */
export const kernels: readonly KernelDescriptor[] = (
  await Promise.all(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .sort()
      .map(async (name) => {
        const path = pathToFileURL(join(folder, name)).href;
        return kernelsOf((await import(/* @vite-ignore */ path)) as object);
      }),
  )
).flat();
