/** Paths with `/`, without Node, as used by Files. Windows drive letters count as absolute. */
import { UsageError } from './errors.js';

const rootPattern = /^(?:[A-Za-z]:)?\//;

/** The path without `.`, doubled slashes and resolvable `..`; `.` for an empty one. */
export function normalisePath(path: string): string {
  const root = rootPattern.exec(path)?.[0] ?? '';
  const parts: string[] = [];
  for (const part of path.slice(root.length).split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (root === '') parts.push(part);
  }
  return root + parts.join('/') || '.';
}

export function isAbsolutePath(path: string): boolean {
  return rootPattern.test(path);
}

/**
 * `path` resolved against `folder`; an absolute one is unchanged.
 *
 * @example
 * console.log(joinPath('runs/first', 'model')); // runs/first/model
 */
export function joinPath(folder: string, path: string): string {
  return normalisePath(isAbsolutePath(path) ? path : `${folder}/${path}`);
}

/**
 * The folder that holds the path.
 *
 * @example
 * console.log(parentFolder('runs/first/model')); // runs/first
 */
export function parentFolder(path: string): string {
  return normalisePath(`${path}/..`);
}

/**
 * `path` relative to `folder`: the inverse of joinPath. Absolute paths on another drive are unchanged,
 * and so is an absolute `path` if `folder` is not.
 *
 * @throws UsageError if the answer depends on the current folder
 */
export function relativePath(folder: string, path: string): string {
  const from = normalisePath(folder);
  const to = normalisePath(path);
  const drive = (p: string): string => /^[A-Za-z]:/.exec(p)?.[0].toLowerCase() ?? '';
  if (isAbsolutePath(to) && (!isAbsolutePath(from) || drive(from) !== drive(to))) return to;
  const up = partsOf(from);
  const down = partsOf(to);
  let shared = 0;
  while (shared < up.length && shared < down.length && up[shared] === down[shared]) shared++;
  const back = up.slice(shared);
  if (isAbsolutePath(from) !== isAbsolutePath(to) || back.includes('..')) {
    throw new UsageError(
      `the path from ${from} to ${to} is unknown`,
      'Give both as absolute paths.',
    );
  }
  return [...back.map(() => '..'), ...down.slice(shared)].join('/') || '.';
}

/** Whether `path` is inside `folder`, as far as the two paths show. */
export function isInside(folder: string, path: string): boolean {
  const from = normalisePath(folder);
  const to = normalisePath(path);
  if (isAbsolutePath(from) !== isAbsolutePath(to)) return false;
  const [inner, outer] = [partsOf(to), partsOf(from)];
  return !inner.slice(outer.length).includes('..') && outer.every((part, i) => part === inner[i]);
}

/** The folder that holds all of these absolute paths; the root if they share no other. */
export function commonFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths.map(normalisePath);
  let folder = first;
  while (!others.every((path) => isInside(folder, path))) {
    const parent = parentFolder(folder);
    if (parent === folder) return parent;
    folder = parent;
  }
  return folder;
}

function partsOf(normal: string): string[] {
  return normal.split('/').filter((part) => part !== '' && part !== '.');
}
