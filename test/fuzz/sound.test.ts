import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { resample } from '../../src/audio/resample.js';
import { addResult, countFrom } from '../support/results.js';
import { differenceOf, disagreement, meanOf } from './sound/compare.js';
import { encodedFiles } from './sound/encoded-files.js';
import { flacFiles } from './sound/flac-files.js';
import { committedFiles, golden, keepFile, toldOf, writeGolden } from './sound/golden.js';
import { decodeStreamed, decodeWhole } from './sound/ours.js';
import { installed, Peers } from './sound/peer.js';
import { randomFrom, seedOf, type SoundFile } from './sound/types.js';
import { wavFiles } from './sound/wav-files.js';

/** Every how many-th of the generated files; `npm run test:long` takes all, and asks the peers that are installed. */
const every = countFrom('ALSTM_SOUND_EVERY', 8);
const long = every === 1;
/** Whether to write the committed files and values anew: needs all programs. */
const record = process.env['ALSTM_SOUND_RECORD'] === '1';
const programs = ['ffmpeg', 'flac', 'lame', 'oggenc', 'oggdec', 'opusenc', 'opusdec', 'sox'];
const peered = (long || record) && programs.every(installed);
const patient = { timeout: 3_600_000 };

const committed =
  /^(MP3 (CBR|VBR|joint stereo|CBR with checksums|CBR without Xing header) 16000 Hz x\d|MP3 VBR 44100 Hz x2|MP3 CBR 8000 Hz x1|MP3 with ID3v2 11025|MPEG layer II 16000 Hz x1|Vorbis quality 0 (8000|44056) Hz x1|Vorbis of 64 samples|Opus (48 kbit\/s|as speech) 16000 Hz x[16]|Opus of 1000|FLAC in Ogg 16000|WAV (adpcm_ms|adpcm_ima_wav) in blocks of 256, (8000|11025) Hz x\d|WAV ms by sox, 8000 Hz x1)/;

/** Faults are collected, so that one run tells all. */
async function check(
  files: Iterable<SoundFile>,
  judge: (file: SoundFile) => Promise<string | undefined>,
) {
  const faults: string[] = [];
  let count = 0;
  for (const file of files) {
    count++;
    const fault = await judge(file);
    if (fault !== undefined) faults.push(`${file.name}: ${fault}`);
  }
  expect(faults).toEqual([]);
  return count;
}

function* someOf(files: Iterable<SoundFile>): Generator<SoundFile> {
  let i = 0;
  for (const file of files) if (i++ % every === 0) yield file;
}

/** What is wrong with a decoded file by itself: it is refused, or depends on how it is read. */
async function inItself(file: SoundFile): Promise<string | undefined> {
  const whole = await decodeWhole(file.bytes);
  const streamed = await decodeStreamed(file.bytes, randomFrom(seedOf(file.name)));
  if (whole.refused !== streamed.refused)
    return `streamed: ${streamed.refused} instead of ${whole.refused}`;
  if (file.refused !== undefined) {
    return whole.refused?.includes(file.refused) === true
      ? undefined
      : `not refused: ${whole.refused}`;
  }
  const [sound] = whole.sounds;
  if (whole.refused !== undefined) return `refused: ${whole.refused}`;
  if (sound === undefined || whole.sounds.length > 1) return `${whole.sounds.length} sounds`;
  const again =
    streamed.sounds.length === 1 ? differenceOf(streamed.sounds[0]!, sound) : 'several sounds';
  if (again !== undefined) return `streamed: ${again}`;
  return file.holds && differenceOf(sound, file.holds);
}

/** The same through the door that all use: the mean of the channels, at another rate. */
async function mixed({ name, bytes, holds }: SoundFile): Promise<string | undefined> {
  if (holds === undefined) return undefined;
  const mean = Float32Array.from(meanOf(holds.channels));
  const rate = seedOf(name) % 2 === 0 ? 16_000 : 8000;
  const [own, other] = [await decodeAudio(bytes, name), await decodeAudio(bytes, name, rate)];
  return (
    differenceOf(
      { rate: own.rate, channels: [own.samples] },
      { rate: holds.rate, channels: [mean] },
    ) ??
    differenceOf(
      { rate: other.rate, channels: [other.samples] },
      { rate, channels: [await resample(mean, holds.rate, rate)] },
    )
  );
}

describe('decoded sound', () => {
  it.each([
    ['WAV', wavFiles],
    ['FLAC', flacFiles],
  ])('%s of every kind is what was written, however it is read', patient, async (format, files) => {
    const count = await check(
      someOf(files()),
      async (file) => (await inItself(file)) ?? mixed(file),
    );
    expect(count).toBeGreaterThan(200 / every);
    addResult('sound', {
      what: `${format} files held against what they were made from`,
      files: count,
    });
  });

  it.runIf(peered)('WAV and FLAC are to peers what they are here', patient, async () => {
    const peers = new Peers();
    const both = [...wavFiles(), ...flacFiles()].filter(
      (file) => file.peerless === undefined && file.refused === undefined,
    );
    const count = await check(both, async (file) => {
      const { sound, complaints } = await peers.decode(file.bytes, file);
      return sound === undefined
        ? `the peer has nothing: ${complaints}`
        : differenceOf(sound, file.holds!);
    });
    peers.close();
    addResult('sound', { what: 'of these also held against ffmpeg', files: count });
  });

  it.runIf(peered)('what encoders write is to peers what it is here', patient, async () => {
    const peers = new Peers();
    const count = await check(encodedFiles(), async (file) => {
      const fault = await inItself(file);
      if (fault !== undefined || file.refused !== undefined) return fault;
      const { sound, complaints } = await peers.decode(file.bytes, file);
      if (sound === undefined || complaints !== '') return `the peer complains: ${complaints}`;
      if (record && committed.test(file.name)) keepFile(file, sound);
      const [ours] = (await decodeWhole(file.bytes)).sounds;
      return disagreement(ours!, sound, file);
    });
    peers.close();
    if (record) writeGolden();
    addResult('sound', {
      what: 'files of seven encoders held against four decoders',
      files: count,
    });
  });

  it('is that of peers for committed files', patient, async () => {
    const count = await check(committedFiles(), async (file) => {
      const { sounds, refused } = await decodeWhole(file.bytes);
      const [sound] = sounds;
      if (refused !== undefined || sound === undefined) return `refused: ${refused}`;
      const { blocks, ...shape } = toldOf(sound);
      const told = golden.files[file.name]!;
      expect(shape, file.name).toEqual({
        rate: told.rate,
        channels: told.channels,
        samples: shape.samples,
      });
      // A peer may not cut what an encoder added at the end.
      if (shape.samples !== told.samples)
        return `${shape.samples} instead of ${told.samples} samples`;
      const least =
        file.format === 'MP3' ? 60 : file.format === 'Opus' || file.format === 'Vorbis' ? 5 : 0;
      const far = blocks.findIndex((pair, b) =>
        pair.some((value, i) => Math.abs(value - told.blocks[b]![i]!) > least),
      );
      return far < 0
        ? undefined
        : `block ${far} is ${blocks[far]!.join(', ')} instead of ${told.blocks[far]!.join(', ')}`;
    });
    expect(count).toBeGreaterThan(20);
  });
});
