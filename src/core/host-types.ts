/**
 * Types of the host (Node, a browser) for the package's declarations, which must compile whether a
 * program's `lib` and `types` bring the DOM, Node's types, both or neither.
 */

/** Instances of a global class, where the compiler knows it; else what is said of them. */
export type KnownClass<Name extends string, Otherwise> = typeof globalThis extends {
  readonly [K in Name]: { readonly prototype: infer T };
}
  ? T
  : Otherwise;

/** Asks for an orderly end, as an AbortSignal does. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** A Blob, or what is as good as one. */
export interface BlobLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A File, or what is as good as one. */
export interface FileLike extends BlobLike {
  readonly name: string;
  /** From the folder on that was chosen; empty where a file was. */
  readonly webkitRelativePath?: string;
}

/** Of a DataTransfer that was dropped. */
export interface DroppedItem {
  webkitGetAsEntry(): DroppedEntry | null;
}

/** A file or folder that was dropped. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly fullPath: string;
}

/** What `fetch` takes beside the address, as far as the compiler knows it. */
export type FetchOptions = typeof globalThis extends {
  readonly fetch: (input: never, options?: infer T) => unknown;
}
  ? NonNullable<T>
  : object;
