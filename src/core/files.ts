import { decodeText } from './text.js';

/**
 * The one interface through which files are read and written, so that a test can make any
 * operation fail and the browser can put its own storage behind it. Paths use `/`.
 */
export interface Files {
  /** Whole contents. Throws FileError when the file is missing, unreadable, or no file: nothing waits for a pipe. */
  read(path: string): Promise<Uint8Array>;
  /** Whole or not at all: written beside the target, flushed, then renamed over it. Makes parent folders. Throws WriteError. */
  write(path: string, bytes: Uint8Array | string): Promise<void>;
  /** Appends one line (a newline is added) and flushes it. Makes parent folders. Throws WriteError. */
  appendLine(path: string, line: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names (not paths) in a folder, sorted by code point; empty when the folder does not exist. */
  list(path: string): Promise<string[]>;
  isFolder(path: string): Promise<boolean>;
  /**
   * What is in a folder, sorted by code point; links are followed. Absent where there is nothing but files
   * and folders, which `list` and `isFolder` tell. Throws FileError where the folder cannot be read.
   */
  entries?(path: string): Promise<FolderEntry[]>;
  /** The one path of what several may lead to. Absent where there are no links. Throws FileError. */
  realPath?(path: string): Promise<string>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all that is in it; no error when it is absent. */
  remove(path: string): Promise<void>;
  /**
   * Takes a file as a lock that no other process gets until it is given back; of a process that is
   * gone it is taken over. Absent where there are no other processes. Throws FileError where another
   * has it, WriteError.
   *
   * @returns gives it back
   */
  lock?(path: string): Promise<() => Promise<void>>;
}

/** Something in a folder. */
export interface FolderEntry {
  readonly name: string;
  /** `other`: what cannot be read as a file or a folder, such as a named pipe. */
  readonly kind: 'file' | 'folder' | 'other';
  /** It is there by a link. */
  readonly isLink?: boolean;
  /** Of another: what it is, in a few words. */
  readonly problem?: string;
}

/**
 * Reads a file as UTF-8 text, without its byte order mark.
 *
 * @throws FileError where it cannot be read; FormatError where it is not UTF-8 (decodeText)
 */
export async function readText(files: Files, path: string): Promise<string> {
  return decodeText(await files.read(path), path);
}

/** What a file is called, beside its target, while it is being written. */
export function unfinishedName(unique: string): string {
  return `.${unique}.tmp`;
}

/** Whether a file was being written when its process ended, if nobody is writing it now. */
export function isUnfinished(name: string): boolean {
  return /^\.[\da-f-]{36}\.tmp$/.test(name);
}
