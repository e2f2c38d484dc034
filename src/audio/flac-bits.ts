/** Reads a frame's bits, the highest of each byte first. Reads zeros after the end: see `over`. */
export class BitReader {
  /** Position in bits from `start`. */
  private position = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** Whether it has read past the end. */
  get over(): boolean {
    return this.position > 8 * (this.end - this.start);
  }

  /** Offset of the first byte of which nothing has been read. */
  get nextByte(): number {
    return this.start + Math.ceil(this.position / 8);
  }

  /** Up to 32 unsigned bits. */
  unsigned(bits: number): number {
    if (bits === 0) return 0;
    const value = this.window() >>> (32 - bits);
    this.position += bits;
    return value;
  }

  /** Up to 33 bits in two's complement. */
  signed(bits: number): number {
    if (bits === 33) return this.signed(1) * 2 ** 32 + this.unsigned(32);
    if (bits === 0) return 0;
    const value = this.window() >> (32 - bits);
    this.position += bits;
    return value;
  }

  /** Number of zeros before the next one bit, which is consumed too. */
  unary(): number {
    let zeros = 0;
    for (;;) {
      const run = Math.clz32(this.window());
      if (run < 32 || this.over) {
        this.position += run + 1;
        return zeros + run;
      }
      zeros += 32;
      this.position += 32;
    }
  }

  /**
   * Reads Rice-coded numbers: quotient in unary, remainder in `bits`, the sign in the lowest bit.
   *
   * @param into receives them at `from` to `to`
   */
  rice(into: Int32Array | Float64Array, from: number, to: number, bits: number): void {
    const { bytes, start } = this;
    let position = this.position;
    for (let i = from; i < to; i++) {
      const at = start + (position >>> 3);
      const shift = position & 7;
      let window =
        (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (shift !== 0) window = (window << shift) | (bytes[at + 4]! >> (8 - shift));
      const quotient = Math.clz32(window);
      const length = quotient + 1 + bits;
      if (length <= 32) {
        // Below 2^31, so that integers suffice. A shift by 32 would be one by 0.
        const rest = bits === 0 ? 0 : (window << (quotient + 1)) >>> (32 - bits);
        const code = (quotient << bits) | rest;
        into[i] = (code >>> 1) ^ -(code & 1);
        position += length;
        continue;
      }
      this.position = position;
      if (this.over) return;
      const code = this.unary() * 2 ** bits + this.unsigned(bits);
      into[i] = code % 2 === 0 ? code / 2 : -(code + 1) / 2;
      position = this.position;
    }
    this.position = position;
  }

  /** The next 32 bits. */
  private window(): number {
    const { bytes } = this;
    const at = this.start + (this.position >>> 3);
    const shift = this.position & 7;
    const word =
      (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    return shift === 0 ? word : (word << shift) | (bytes[at + 4]! >> (8 - shift));
  }
}
