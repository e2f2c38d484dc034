import { FileError, WriteError } from '../../src/core/errors.js';
import type { Files } from '../../src/core/files.js';
import { byCodePoint } from '../../src/core/order.js';

/** Says of an operation on a path whether it fails, and how. */
export type Failure = (op: keyof Files, path: string) => Error | undefined;

/** What a write to a full disk throws. */
export function diskFull(path: string): WriteError {
  return new WriteError(`cannot write ${path}: the disk is full`, 'Free some space.');
}

/**
 * Files in memory that keep the contract of Files, whose operations a test can make fail: a failed
 * operation changes nothing. `''` and `.` are the folder at the top.
 */
export class MemoryFiles implements Files {
  /** Every operation that was tried, in order: `write run/config.json`. */
  readonly log: string[] = [];
  private readonly contents = new Map<string, Uint8Array>();
  private readonly folders = new Set<string>(['']);
  private failure: Failure = () => undefined;

  constructor(initial: Readonly<Record<string, Uint8Array | string>> = {}) {
    for (const [path, bytes] of Object.entries(initial)) this.put(normal(path), bytes);
  }

  failOn(failure: Failure): void {
    this.failure = failure;
  }

  /** Every file, sorted. */
  paths(): string[] {
    return [...this.contents.keys()].sort(byCodePoint);
  }

  read(path: string): Promise<Uint8Array> {
    return this.attempt('read', path, (p) => {
      const bytes = this.contents.get(p);
      if (bytes !== undefined) return bytes.slice();
      const problem = this.folders.has(p) ? 'it is a folder' : 'there is no such file';
      throw new FileError(`cannot read ${path}: ${problem}`, 'Check the path.');
    });
  }

  write(path: string, bytes: Uint8Array | string): Promise<void> {
    return this.attempt('write', path, (p) => this.put(p, bytes));
  }

  appendLine(path: string, line: string): Promise<void> {
    return this.attempt('appendLine', path, (p) => {
      const before = this.contents.get(p) ?? new Uint8Array(0);
      const added = new TextEncoder().encode(`${line}\n`);
      const bytes = new Uint8Array(before.length + added.length);
      bytes.set(before);
      bytes.set(added, before.length);
      this.put(p, bytes);
    });
  }

  exists(path: string): Promise<boolean> {
    return this.attempt('exists', path, (p) => this.contents.has(p) || this.folders.has(p));
  }

  list(path: string): Promise<string[]> {
    return this.attempt('list', path, (p) => {
      if (this.contents.has(p)) throw new FileError(`cannot list ${path}: it is a file`);
      const under = p === '' ? '' : `${p}/`;
      const all = [...this.contents.keys(), ...this.folders];
      const inside = all.filter((name) => name !== '' && name !== p && name.startsWith(under));
      const names = inside.map((name) => name.slice(under.length).split('/')[0] ?? '');
      return [...new Set(names)].sort(byCodePoint);
    });
  }

  isFolder(path: string): Promise<boolean> {
    return this.attempt('isFolder', path, (p) => this.folders.has(p));
  }

  makeFolder(path: string): Promise<void> {
    return this.attempt('makeFolder', path, (p) => this.addFolder(p));
  }

  rename(from: string, to: string): Promise<void> {
    return this.attempt('rename', from, (p) => {
      const target = normal(to);
      const bytes = this.contents.get(p);
      if (bytes !== undefined) {
        if (target === p) return;
        if (this.folders.has(target))
          throw new WriteError(`cannot rename to ${to}: it is a folder`);
        this.requireParent(target);
        this.contents.delete(p);
        this.contents.set(target, bytes);
        return;
      }
      if (!this.folders.has(p)) {
        throw new FileError(`cannot rename ${from}: there is no such file`, 'Check the path.');
      }
      this.renameFolder(p, target);
    });
  }

  remove(path: string): Promise<void> {
    return this.attempt('remove', path, (p) => {
      for (const name of [...this.contents.keys()]) {
        if (isWithin(name, p)) this.contents.delete(name);
      }
      for (const name of [...this.folders]) {
        if (name !== '' && isWithin(name, p)) this.folders.delete(name);
      }
    });
  }

  /** Runs an operation unless it is made to fail; what it throws becomes a rejection. */
  private attempt<T>(op: keyof Files, path: string, run: (path: string) => T): Promise<T> {
    return Promise.resolve().then(() => {
      this.log.push(`${op} ${path}`);
      const error = this.failure(op, path);
      if (error !== undefined) throw error;
      return run(normal(path));
    });
  }

  private put(path: string, bytes: Uint8Array | string): void {
    if (this.folders.has(path)) throw new WriteError(`cannot write ${path}: it is a folder`);
    this.addFolder(parent(path));
    this.contents.set(
      path,
      typeof bytes === 'string' ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes),
    );
  }

  private addFolder(path: string): void {
    for (let folder = path; folder !== ''; folder = parent(folder)) {
      if (this.contents.has(folder)) {
        throw new WriteError(`cannot create the folder ${path}: ${folder} is a file`);
      }
    }
    for (let folder = path; folder !== ''; folder = parent(folder)) this.folders.add(folder);
  }

  private requireParent(path: string): void {
    if (!this.folders.has(parent(path))) {
      throw new WriteError(`cannot rename to ${path}: its folder does not exist`);
    }
  }

  private renameFolder(from: string, to: string): void {
    this.requireParent(to);
    const taken = [...this.contents.keys(), ...this.folders].some(
      (n) => n !== to && isWithin(n, to),
    );
    if (taken || this.contents.has(to))
      throw new WriteError(`cannot rename to ${to}: it is in use`);
    const moved = (name: string) => to + name.slice(from.length);
    for (const [name, bytes] of [...this.contents].filter(([name]) => isWithin(name, from))) {
      this.contents.delete(name);
      this.contents.set(moved(name), bytes);
    }
    for (const name of [...this.folders].filter((name) => isWithin(name, from))) {
      this.folders.delete(name);
      this.folders.add(moved(name));
    }
  }
}

/** Without `.`, `..`, doubled or trailing slashes. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
