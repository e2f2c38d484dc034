import { expect, it } from 'vitest';
import { addResult, countFrom } from '../support/results.js';
import { disagreement } from './sound/compare.js';
import { damage } from './sound/damage.js';
import { flacFiles } from './sound/flac-files.js';
import { committedFiles, golden, hashOf, writeGolden } from './sound/golden.js';
import { judge, type Peer, type Verdict } from './sound/judge.js';
import { decodeWhole } from './sound/ours.js';
import { installed, Peers } from './sound/peer.js';
import { randomFrom, seedOf, type SoundFile } from './sound/types.js';
import { wavFiles } from './sound/wav-files.js';

/** Damaged files of each; `npm run test:long` makes more of them, of more files, and asks the peers that are installed. */
const each = countFrom('ALSTM_SOUND_DAMAGES', 2);
const every = countFrom('ALSTM_SOUND_EVERY', 8);
const record = process.env['ALSTM_SOUND_RECORD'] === '1';
const peered = (every === 1 || record) && ['ffmpeg', 'oggdec', 'opusdec', 'sox'].every(installed);
/** Of one file. What hangs takes minutes. */
const MOST_MILLISECONDS = 5000;

/** Of the formats that decode soonest more. */
const share: Partial<Record<SoundFile['format'], number>> = { FLAC: 4, WAV: 2 };

function* files(): Generator<SoundFile> {
  yield* committedFiles();
  let i = 0;
  for (const file of [...wavFiles(), ...flacFiles()]) {
    if (i++ % (every === 1 ? (file.format === 'WAV' ? 6 : 2) : 40) !== 0) continue;
    // Behind the samples that a FLAC file declares may be anything.
    if (file.name.includes('more samples than declared')) continue;
    if (file.peerless === undefined && file.refused === undefined) yield file;
  }
}

it(
  'damaged sound is refused, or heard as undamaged or as a peer has it',
  { timeout: 3_600_000 },
  async () => {
    const peers = new Peers();
    const faults: string[] = [];
    const verdicts: Record<string, Partial<Record<Verdict, number>>> = {};
    let count = 0;
    for (const file of files()) {
      const base = await decodeWhole(file.bytes);
      const random = randomFrom(seedOf(`damaged ${file.name}`));
      for (let k = 0; k < each * (share[file.format] ?? 1); k++) {
        const damaged = damage(file, random);
        const key = `${file.name}#${k}`;
        let asked = false;
        const peer: Peer = async (bytes, own, ours) => {
          if (hashOf(ours.sounds) === golden.damaged[key]) return 'agreed';
          asked = true;
          if (!peered) return 'unknown';
          const answer = await peers.decode(bytes, own);
          const inWav = own.format === 'WAV' || own.name.includes('adpcm_ms');
          if (!inWav || ours.sounds.length !== 1) return answer;
          // Where the RIFF header was hit, ffmpeg looks for chunks within the sound; sox does as the size says. And
          // ffmpeg bounds the step of MS-ADPCM.
          if (answer.sound && disagreement(ours.sounds[0]!, answer.sound, own) === undefined)
            return answer;
          const second = await peers.decode(bytes, { format: 'WAV', by: 'sox' });
          return second.sound === undefined ? answer : second;
        };
        const start = performance.now();
        const { verdict, why, outcome } = await judge(file, base, damaged, peer);
        const fault =
          performance.now() - start > (peered ? 60_000 : MOST_MILLISECONDS) ? 'it hangs' : why;
        if (fault !== undefined) faults.push(`${key} (${damaged.how}): ${fault}`);
        if (record && asked && why === undefined) golden.damaged[key] = hashOf(outcome.sounds);
        const own = (verdicts[file.format] ??= {});
        own[verdict] = (own[verdict] ?? 0) + 1;
        count++;
      }
    }
    peers.close();
    if (record) writeGolden();
    expect(faults).toEqual([]);
    for (const [format, seen] of Object.entries(verdicts)) {
      addResult('damaged-sound', { format, ...seen, peers: peered });
      expect(seen.refused ?? 0, format).toBeGreaterThan(0);
    }
    expect(count).toBeGreaterThan(40 * each);
  },
);
