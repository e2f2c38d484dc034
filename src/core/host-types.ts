/**
 * Types of the host (Node, a browser) for the package's declarations, which must compile whether a
 * program's `lib` and `types` include the DOM, Node's types, both or neither.
 */

/** Instances of a global class if the compiler knows it, else `Otherwise`. */
export type KnownClass<Name extends string, Otherwise> = typeof globalThis extends {
  readonly [K in Name]: { readonly prototype: infer T };
}
  ? T
  : Otherwise;

/** Asks for a clean stop, as an AbortSignal does. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** An AbortSignal, or an object like one. */
export interface AbortSignalLike extends StopSignal {
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A web stream that is read chunk by chunk, or an object like one. */
export interface ReadableStreamLike<Chunk> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>;
    cancel(): Promise<void>;
    releaseLock(): void;
  };
}

/** A MediaStream, such as getUserMedia gives, or an object like one. */
export interface MediaStreamLike {
  getAudioTracks(): readonly unknown[];
}

/** Sound that comes by itself, whether or not anybody takes it. */
export interface LiveSound {
  /** Samples per second. */
  readonly rate: number;
  /** From now on `take` gets samples, mono, [N], as they come; `end` is called if no more can come. */
  start(take: (samples: Float32Array) => void, end: () => void): void;
  /** Gives back all that was opened for it. */
  close(): void;
}

/** A Blob, or an object like one. */
export interface BlobLike {
  /** Bytes; what is too large is then refused before it is read. */
  readonly size?: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A File, or an object like one. */
export interface FileLike extends BlobLike {
  readonly name: string;
  /** Path starting at the chosen folder; empty if a file was chosen. */
  readonly webkitRelativePath?: string;
}

/** An item of a dropped DataTransfer. */
export interface DroppedItem {
  webkitGetAsEntry(): DroppedEntry | null;
}

/** A dropped file or folder. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly fullPath: string;
}

/** The second argument of `fetch`, as far as the compiler knows it. */
export type FetchOptions = typeof globalThis extends {
  readonly fetch: (input: never, options?: infer T) => unknown;
}
  ? NonNullable<T>
  : object;

/** What `using` and `await using` ask of a value, if the compiler knows them. */
export type Disposes = (SymbolConstructor extends { readonly dispose: infer Key extends symbol }
  ? { readonly [K in Key]: () => void }
  : object) &
  (SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol }
    ? { readonly [K in Key]: () => Promise<void> }
    : object);
