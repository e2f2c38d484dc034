/** Cyclic redundancy checks of 32 bits, bits reflected, start value and final XOR all ones. */

/** Checksum of bytes, as an unsigned integer. */
type Crc = (bytes: Uint8Array) => number;

/** IEEE 802.3, used by gzip and zip. */
export const crc32: Crc = crcOf(0xedb88320);

/** Castagnoli's, used by TFRecord. */
export const crc32c: Crc = crcOf(0x82f63b78);

/** @param polynomial reflected */
function crcOf(polynomial: number): Crc {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? polynomial ^ (rest >>> 1) : rest >>> 1;
    return rest;
  });
  return (bytes) => {
    let rest = 0xffffffff;
    for (const byte of bytes) rest = (table[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
    return ~rest >>> 0;
  };
}
