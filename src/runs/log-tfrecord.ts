import { crc32c } from '../core/crc.js';

/**
 * Records in TensorFlow's TFRecord format, one after the other: length (64 bits), masked CRC-32C of the
 * length, record, masked CRC-32C of the record; all little-endian.
 */
export function tfRecords(records: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(records.reduce((sum, { length }) => sum + length + 16, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const record of records) {
    view.setBigUint64(at, BigInt(record.length), true);
    view.setUint32(at + 8, maskedCrc(bytes.subarray(at, at + 8)), true);
    bytes.set(record, at + 12);
    view.setUint32(at + 12 + record.length, maskedCrc(record), true);
    at += record.length + 16;
  }
  return bytes;
}

/** Rotated and shifted, so that a CRC of bytes that contain CRCs remains useful. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
