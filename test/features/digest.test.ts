import { describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/features/digest.js';

const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

describe('sha256', () => {
  it('takes a part of a buffer without a copy of it', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest');
    const bytes = new TextEncoder().encode('xabcx').subarray(1, 4);
    expect(await sha256(bytes)).toBe(ABC);
    expect((digest.mock.lastCall?.[1] as Uint8Array).buffer).toBe(bytes.buffer);
    digest.mockRestore();
  });

  it('takes shared memory', async () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(3));
    bytes.set([0x61, 0x62, 0x63]);
    expect(await sha256(bytes)).toBe(ABC);
  });
});
