/** Sounds for the pipeline from recordings to answers: glides and noise, as WAV files. */
import { mkdirSync, writeFileSync } from 'node:fs';

const RATE = 16_000;

export function makeSounds(folder: string, count: number, seconds: number): void {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) writeFileSync(`${folder}/sound-${i}.wav`, wav(i, seconds));
}

/** 16 bits, mono. */
function wav(seed: number, seconds: number): Uint8Array {
  const length = Math.round(seconds * RATE);
  const bytes = new Uint8Array(44 + 2 * length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) =>
    [...value].forEach((char, i) => view.setUint8(at + i, char.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * length, true);
  let state = seed + 1;
  let phase = 0;
  for (let n = 0; n < length; n++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    phase += (2 * Math.PI * (100 + 10 * seed + 60 * Math.sin(n / RATE))) / RATE;
    const sound = 0.5 * Math.sin(phase) + 0.2 * Math.sin(3 * phase) + 0.02 * (state / 2 ** 31 - 1);
    view.setInt16(44 + 2 * n, Math.round(20_000 * sound), true);
  }
  return bytes;
}
