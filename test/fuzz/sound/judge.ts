import { differenceOf, disagreement, meanOf, notBeginning, ratioOf } from './compare.js';
import type { Damaged } from './damage.js';
import { decodeWhole, type Outcome } from './ours.js';
import type { PeerAnswer } from './peer.js';
import type { Sound, SoundFile } from './types.js';

/**
 * What came of a damaged file; all but `wrong` are right:
 *
 * - refused: in one line, after nothing or a beginning of the undamaged sound (or of what a peer makes of it)
 * - as undamaged: the damage was where no sound is
 * - less the last block: of ADPCM, whose size may be wrong by 256 bytes as that of any WAV file
 * - as the peer: the same as a peer makes of it. A peer that complains conceals something: then its sound is no
 *   measure, except where it only drops the last, incomplete sample of WAV, or minds a table that nobody uses.
 * - as its header says: the same samples at another rate, as FLAC has no checksum over its header; or other channels
 *   in an Ogg page whose checksum is right
 * - heard where it is: MPEG audio has no checksum, nor a number on its frames. So damage may stay unknown if all
 *   frames still fit together; but then only they sound different, and what is before and behind is the same.
 */
export type Verdict =
  | 'refused'
  | 'as undamaged'
  | 'less the last block'
  | 'as the peer'
  | 'as its header says'
  | 'heard where it is'
  | 'wrong';

export interface Judgement {
  readonly verdict: Verdict;
  readonly why?: string;
  readonly outcome: Outcome;
}

/** What a peer says of a file, or said when it was asked. */
export type Peer = (
  bytes: Uint8Array,
  file: SoundFile,
  ours: Outcome,
) => Promise<PeerAnswer | 'agreed' | 'unknown'>;

export async function judge(
  file: SoundFile,
  base: Outcome,
  damaged: Damaged,
  peer: Peer,
): Promise<Judgement> {
  const outcome = await decodeWhole(damaged.bytes);
  const say = (verdict: Verdict, why?: string): Judgement => ({
    verdict,
    outcome,
    ...(why !== undefined && { why }),
  });
  const other = notBeginning(outcome, base);
  const refused = outcome.refused !== undefined || outcome.sounds.length === 0; // of no audio
  if (other === undefined && refused) return say('refused');
  if (other === undefined && lengthOf(outcome) === lengthOf(base)) return say('as undamaged');
  if (file.format === 'ADPCM' && other === undefined) {
    if (damaged.bytes.length >= file.bytes.length - LAST) return say('less the last block');
  }
  if (file.format === 'FLAC' && !refused && isAtOtherRate(outcome, base)) {
    return say('as its header says');
  }
  if (file.format === 'Vorbis' && !refused && damaged.how.startsWith('byte within a page')) {
    const count = ({ sounds }: Outcome) => sounds[0]?.channels.length;
    if (count(outcome) !== count(base)) return say('as its header says');
  }
  if (file.format === 'MP3' && !refused) {
    const why = farFromDamage(file, base, damaged.bytes, outcome);
    if (why === undefined) return say('heard where it is');
  }
  const answer = await peer(damaged.bytes, file, outcome);
  if (answer === 'agreed') return say(refused ? 'refused' : 'as the peer');
  if (answer === 'unknown') return say('wrong', 'nobody was asked for it');
  const { sound, complaints } = answer;
  if (sound === undefined) return say('wrong', `the peer has nothing: ${complaints}`);
  if (refused) {
    const why = notBeginning(outcome, { sounds: [sound], refused: undefined });
    return why === undefined ? say('refused') : say('wrong', `refused after what is wrong: ${why}`);
  }
  if (outcome.sounds.length !== 1) return say('wrong', `${outcome.sounds.length} sounds`);
  if (file.format === 'ADPCM' && lacksBlock(outcome.sounds[0]!, sound))
    return say('less the last block');
  const why = disagreement(outcome.sounds[0]!, sound, file);
  if (why !== undefined) return say('wrong', `${why} (${complaints})`);
  // The tag behind the frames is no frame.
  const ofTag = file.name.includes('ID3v1 behind') && /invalid sync code/.test(complaints);
  const minor = complaints === '' || ofTag || /Invalid PCM packet|coefs differ/.test(complaints);
  // Of ADPCM the peer leaves out what ours leaves out: what is no whole block.
  const mere = minor || (file.format === 'ADPCM' && countOf(complaints, 'step_index') === 1);
  return mere ? say('as the peer') : say('wrong', `as the peer, which conceals: ${complaints}`);
}

const countOf = (text: string, word: string): number => text.split(word).length - 1;

/** Bytes that may be missing of a WAV file. */
const LAST = 256;

/** Whether a sound is the peer's without the last block, which is cut off. */
function lacksBlock(ours: Sound, { rate, channels }: Sound): boolean {
  const { length } = ours.channels[0]!;
  const missing = channels[0]!.length - length;
  if (missing <= 0 || missing > 2 * LAST) return false;
  return (
    differenceOf(ours, {
      rate,
      channels: channels.map((samples) => samples.subarray(0, length)),
    }) === undefined
  );
}

function lengthOf({ sounds }: Outcome): string {
  return sounds.map(({ channels }) => channels[0]!.length).join(' ');
}

function isAtOtherRate({ sounds: [is] }: Outcome, { sounds: [was] }: Outcome): boolean {
  if (is === undefined || was === undefined || is.rate === was.rate) return false;
  return differenceOf({ ...is, rate: was.rate }, was) === undefined;
}

/** Decibels by which a decoder rounds otherwise, for as long as its filters remember what was before. */
const ROUNDED = 90;

/** Samples by which sounds are told apart that are not alike at all. */
const PART = 2000;

/** Frames that borrow from a damaged one, those that overlap, and the delay of encoder and decoder. */
const NEAR = 7;
/** Samples that are left out at the start. */
const MOST_TRIMMED = 3000;

/** Why a sound differs where its file's bytes and those nearby are the same; undefined if it does not. */
function farFromDamage(
  { blocks = [], bytes }: SoundFile,
  base: Outcome,
  now: Uint8Array,
  { sounds }: Outcome,
): string | undefined {
  if (sounds.length !== 1) return `${sounds.length} sounds`;
  const [was, is] = [base.sounds[0]!, sounds[0]!];
  let before = 0;
  while (before < now.length && bytes[before] === now[before]) before++;
  let behind = 0;
  const least = Math.min(now.length, bytes.length) - before;
  while (behind < least && bytes.at(-1 - behind) === now.at(-1 - behind)) behind++;
  const frame = was.channels[0]!.length / blocks.length;
  const start = blocks.filter((_, i) => (blocks[i + 1] ?? bytes.length) <= before).length;
  const end = blocks.filter((at) => at >= bytes.length - behind).length;
  const [wasLength, isLength] = [was.channels[0]!.length, is.channels[0]!.length];
  const first = Math.min(isLength, Math.max(0, Math.floor((start - NEAR) * frame)));
  const last = Math.min(isLength, Math.max(0, Math.floor((end - NEAR) * frame)));
  const part = (sound: typeof was, from: number, to: number) => ({
    rate: sound.rate,
    channels: sound.channels.map((samples) => samples.subarray(from, to)),
  });
  const early = differenceOf(part(is, 0, first), part(was, 0, first));
  if (early !== undefined) return early;
  const same = (wasEnd: number, isEnd: number, from = isEnd - last): string | undefined => {
    const [later, expected] = [part(is, from, isEnd), part(was, wasEnd - isEnd + from, wasEnd)];
    const ratioTo = (count: number) =>
      ratioOf(meanOf(part(later, 0, count).channels), meanOf(part(expected, 0, count).channels));
    if (ratioTo(PART) < ROUNDED / 2) return differenceOf(later, expected); // soon told, as most are
    const ratio = ratioTo(last);
    return ratio >= ROUNDED ? undefined : differenceOf(later, expected);
  };
  const why = same(wasLength, isLength);
  // Where a frame came twice, the header still says where the sound ends: there the decoder leaves out what the
  // encoder had added.
  const more = isLength - wasLength;
  if (more > 0 && same(wasLength - more, wasLength, isLength - last) === undefined)
    return undefined;
  if (why === undefined || start > 0) return why;
  // In the first frame is also how much to leave out at both ends.
  for (let ahead = 0; ahead < MOST_TRIMMED; ahead++) {
    const isEnd = Math.min(isLength, wasLength + ahead);
    if (isEnd - last >= 0 && same(isEnd - ahead, isEnd) === undefined) return undefined;
  }
  return why;
}
