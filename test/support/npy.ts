/** A `.npy` file of float32 in C order, version 1. */
export function npy(data: Float32Array, ...shape: number[]): Uint8Array {
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${fields.padEnd(117)}\n`;
  const bytes = new Uint8Array(128 + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 128);
  return bytes;
}
