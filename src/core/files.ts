import { FileError } from './errors.js';
import { decodeText } from './text.js';

/**
 * The one interface through which files are read and written, so that a test can make any
 * operation fail and the browser can use its own storage. Paths use `/`.
 */
export interface Files {
  /** Whole contents. Throws FileError if the file is missing, unreadable, or not a file; never waits for a pipe. */
  read(path: string): Promise<Uint8Array>;
  /**
   * The contents in order, piece by piece, so that a large file need not be in memory: each piece is an array of its
   * own. Absent where only whole files can be read. Throws FileError as `read`, also on the way.
   */
  pieces?(path: string): AsyncIterable<Uint8Array>;
  /** Bytes of a file. Absent where that takes reading it. Throws FileError. */
  size?(path: string): Promise<number>;
  /**
   * So many bytes of a regular file from an offset on; fewer where it ends before. Absent where a part takes as long
   * as the whole. Throws FileError as `read`.
   */
  readRange?(path: string, from: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Atomic: written next to the target, flushed, then renamed over it. Creates parent folders. Throws WriteError. */
  write(path: string, bytes: Uint8Array | string): Promise<void>;
  /** Appends one line (a newline is added) and flushes it. Creates parent folders. Throws WriteError. */
  appendLine(path: string, line: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names (not paths) in a folder, sorted by code point; empty when the folder does not exist. */
  list(path: string): Promise<string[]>;
  isFolder(path: string): Promise<boolean>;
  /**
   * The entries of a folder, sorted by code point; links are followed. Absent if there are only files
   * and folders: then use `list` and `isFolder`. Throws FileError if the folder cannot be read.
   */
  entries?(path: string): Promise<FolderEntry[]>;
  /** The canonical path, without links. Absent if there are no links. Throws FileError. */
  realPath?(path: string): Promise<string>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all that is in it; no error when it is absent. */
  remove(path: string): Promise<void>;
  /**
   * Uses a file as a lock that no other process gets until it is released; a lock left by a process that is
   * gone is taken over. Absent if there are no other processes. Throws FileError if another process
   * has it, WriteError.
   *
   * @returns releases it
   */
  lock?(path: string): Promise<() => Promise<void>>;
  /** Folders of the models that come along, by their names. Absent if none do. */
  shippedModels?(): Promise<ReadonlyMap<string, string>>;
}

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  /** `other`: neither readable as a file nor as a folder, such as a named pipe. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Whether it is a link. */
  readonly isLink?: boolean;
  /** For `other`: what it is, in a few words. */
  readonly problem?: string;
}

/** Most bytes of a table or another text that is read as a whole: a million rows. */
export const MOST_TEXT_BYTES = 2 ** 27;

/**
 * Reads a file as UTF-8 text, without its byte order mark.
 *
 * @example
 * const manifest = await readText(files, 'speech.csv');
 * console.log(manifest.split('\n').length);
 *
 * @param most maximum bytes; default: 128 MiB
 * @throws FileError if it cannot be read, or is larger; FormatError if it is not UTF-8 (decodeText)
 */
export async function readText(
  files: Files,
  path: string,
  most: number = MOST_TEXT_BYTES,
): Promise<string> {
  return decodeText(await readAtMost(files, path, most), path);
}

/**
 * Reads a file that is not larger than it has any reason to be; a larger one is not even read, where its size can be told
 * before.
 *
 * @param most maximum bytes
 * @throws FileError as `read`, and for a larger file
 */
export async function readAtMost(files: Files, path: string, most: number): Promise<Uint8Array> {
  const refuse = (size: number): void => {
    if (size <= most) return;
    throw new FileError(
      `cannot read ${path}: it has ${size} bytes, more than ${most}`,
      'Check that it is the right file.',
    );
  };
  if (files.size !== undefined && (await files.exists(path))) refuse(await files.size(path));
  const bytes = await files.read(path);
  refuse(bytes.length);
  return bytes;
}

/**
 * The contents of a file in order, piece by piece where its files can be read so.
 *
 * @throws FileError as `read`
 */
export async function* piecesOf(
  files: Files,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (files.pieces !== undefined) yield* files.pieces(path);
  else yield await files.read(path);
}

/** Name of a file, next to its target, while it is being written. */
export function unfinishedName(unique: string): string {
  return `.${unique}.tmp`;
}

/** Whether a file is an unfinished write, left by a process that ended, or is still being written. */
export function isUnfinished(name: string): boolean {
  return /^\.[\da-f-]{36}\.tmp$/.test(name);
}
