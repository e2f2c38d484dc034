/** Origin private file system APIs that TypeScript's library lacks or assumes to be always there. */

/** Not in Safari before 26, nor in its workers. */
interface WritableFile {
  createWritable?: FileSystemFileHandle['createWritable'];
}

/** Only in workers, and not in TypeScript's library for pages. */
interface SyncFile {
  createSyncAccessHandle?(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

interface MovableFile {
  move?(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

interface ListedFolder {
  keys(): AsyncIterable<string>;
}

export async function namesIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of (folder as unknown as ListedFolder).keys()) names.push(name);
  return names;
}

/** Replaces the contents of a file with `bytes`, with an API of this browser and thread. */
export async function fill(file: FileSystemFileHandle, bytes: Uint8Array): Promise<void> {
  const writable = file as WritableFile;
  if (writable.createWritable !== undefined) {
    const stream = await writable.createWritable();
    try {
      await stream.write(bytes as Uint8Array<ArrayBuffer>);
    } catch (error) {
      await stream.abort().catch(() => undefined); // report the failure above
      throw error;
    }
    await stream.close();
    return;
  }
  const access = await (file as SyncFile).createSyncAccessHandle?.();
  if (access === undefined) {
    throw new Error('this browser can write files only in workers');
  }
  try {
    access.truncate(0);
    for (let at = 0; at < bytes.length;) at += access.write(bytes.subarray(at), { at });
    access.flush();
  } finally {
    access.close();
  }
}

/** Moves a file over what has that name in `folder`, in one step. */
export async function move(
  file: FileSystemFileHandle,
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<void> {
  const movable = file as MovableFile;
  if (movable.move === undefined) throw new Error('this browser cannot move files; update it');
  await movable.move(folder, name);
}
