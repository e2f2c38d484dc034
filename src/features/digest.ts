/** SHA-256 of bytes as 64 hexadecimal digits. Web Crypto: the same in Node and in browsers. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy, for the bytes may lie in shared memory, which Web Crypto does not take.
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of float32 values as they lie in memory. */
export function sha256OfFloats(...arrays: readonly Float32Array[]): Promise<string> {
  const bytes = new Uint8Array(arrays.reduce((sum, a) => sum + a.byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return sha256(bytes);
}
