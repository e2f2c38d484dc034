/** Four characters as a chunk's or a page's identifier; shorter at the end of the bytes. */
export function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The number of bytes that a file declares, and how many there are. */
export interface DeclaredSize {
  readonly declared: number;
  readonly present: number;
}
