/** How well a model does by how much it knows of the speakers. */
import { Random } from '../src/core/random.js';
import { applyStatistics } from '../src/features/statistics.js';
import {
  functionalsIn,
  joinMoments,
  type SpeakerMoments,
  type SpeakerPrior,
  statisticsOfSpeaker,
} from '../src/features/speaker-moments.js';
import type { FeatureRows } from '../src/features/rows.js';
import { confusionMatrix, largest, scores } from '../src/metrics/metrics.js';

/** What is known of a speaker: so many other recordings, all there are, or the recording itself. */
export type Known = number | 'all' | 'itself';

/** A test recording. */
export interface TestRecording {
  readonly speaker: string;
  /** Class of its emotion. */
  readonly truth: number;
  /** T */
  readonly frames: number;
  readonly moments: SpeakerMoments;
  /** Raw features, [T, F]. */
  readonly read: () => Promise<Float32Array>;
}

/** Class of each recording as a model answers. */
export type Ask = (rows: FeatureRows) => Promise<readonly ArrayLike<number>[]>;

/** A model, and the recordings of speakers that it was not trained on. */
export interface Tested {
  readonly prior: SpeakerPrior;
  readonly recordings: readonly TestRecording[];
  /** Probabilities of the classes for each row. */
  readonly ask: Ask;
}

/** UAR of one amount of knowledge and one weight of the prior, over the draws. */
export interface EnrolmentScore {
  readonly known: Known;
  readonly kappa: number;
  /** UAR of each draw, over all recordings of all speakers together. */
  readonly uar: readonly number[];
}

/**
 * Recordings of each speaker that are at hand in a draw: the first ones of an order that is the same for all amounts
 * and weights, so that more includes less.
 *
 * @param itself whether a number of recordings counts the recording that is asked about
 */
export function atHand(
  recordings: readonly TestRecording[],
  known: Known,
  draw: number,
  itself = false,
): SpeakerMoments[] | undefined {
  if (known === 'itself') return recordings.map(({ moments }) => moments);
  if (known === 0) return undefined;
  const orders = new Map<string, SpeakerMoments[]>();
  for (const { speaker, moments } of recordings) {
    const own = orders.get(speaker);
    if (own) own.push(moments);
    else orders.set(speaker, [moments]);
  }
  for (const [speaker, own] of orders) {
    orders.set(speaker, new Random(draw, `enrolment ${speaker}`).shuffle(own));
  }
  if (known !== 'all' && itself) {
    return recordings.map(({ speaker, moments }) => {
      const others = orders.get(speaker)!.filter((own) => own !== moments);
      return joinMoments([moments, ...others.slice(0, known - 1)]);
    });
  }
  const joined = new Map(
    Array.from(orders, ([speaker, own]) => [
      speaker,
      joinMoments(known === 'all' ? own : own.slice(0, known)),
    ]),
  );
  return recordings.map(({ speaker }) => joined.get(speaker)!);
}

/**
 * Probabilities of the classes of every recording.
 *
 * @param draw seed of the choice of recordings at hand
 * @param itself as in `atHand`
 */
export async function answersBy(
  { prior, recordings, ask }: Tested,
  known: Known,
  kappa: number,
  draw: number,
  itself = false,
): Promise<readonly ArrayLike<number>[]> {
  const moments = atHand(recordings, known, draw, itself);
  const statistics = recordings.map((_, i) =>
    statisticsOfSpeaker(moments?.[i], { ...prior, kappa }),
  );
  const functionals = recordings.flatMap((own, i) => {
    const [values, scale] = [functionalsIn(own.moments), statistics[i]!.functionals];
    return values && scale ? [applyStatistics(values, scale)] : [];
  });
  return ask({
    lengths: recordings.map(({ frames }) => frames),
    ...(functionals.length > 0 && { functionals }),
    read: (rows) =>
      Promise.all(
        rows.map(async (row) =>
          applyStatistics(await recordings[row]!.read(), statistics[row]!.frames),
        ),
      ),
  });
}

/**
 * Measures all amounts and weights on all models, as one test set.
 *
 * @param classes C
 * @param draws of the recordings at hand; where there is nothing to choose, one is made
 */
export async function measureEnrolment(
  tested: readonly Tested[],
  amounts: readonly Known[],
  kappas: readonly number[],
  draws: number,
  classes: number,
  onProgress?: (done: number, total: number) => void,
): Promise<EnrolmentScore[]> {
  const measured: EnrolmentScore[] = [];
  const truth = tested.flatMap(({ recordings }) => recordings.map((own) => own.truth));
  for (const known of amounts) {
    for (const kappa of kappas) {
      const uar: number[] = [];
      const chosen = typeof known === 'number' && known > 0;
      for (let draw = 0; draw < (chosen ? draws : 1); draw++) {
        const predicted: number[] = [];
        for (const own of tested) {
          const answers = await answersBy(own, known, kappa, draw);
          predicted.push(...answers.map((probabilities) => largest(probabilities)));
        }
        uar.push(scores(confusionMatrix(truth, predicted, classes)).uar);
      }
      measured.push({ known, kappa, uar });
      onProgress?.(measured.length, amounts.length * kappas.length);
    }
  }
  return measured;
}

/** A Markdown table: amounts down, weights across; mean UAR, and its deviation over the draws. */
export function enrolmentTable(measured: readonly EnrolmentScore[]): string {
  const kappas = [...new Set(measured.map(({ kappa }) => kappa))];
  const amounts = [...new Set(measured.map(({ known }) => known))];
  const cell = (known: Known, kappa: number): string => {
    const uar = measured.find((own) => own.known === known && own.kappa === kappa)?.uar ?? [];
    const mean = uar.reduce((sum, x) => sum + x, 0) / uar.length;
    const spread = Math.sqrt(uar.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (uar.length - 1));
    return uar.length > 1 ? `${mean.toFixed(3)} ± ${spread.toFixed(3)}` : mean.toFixed(3);
  };
  const rows = amounts.map((known) => [
    knownText(known),
    ...kappas.map((kappa) => cell(known, kappa)),
  ]);
  const header = ['recordings at hand', ...kappas.map((kappa) => `κ = ${kappa}`)];
  return [header, header.map((_, i) => (i === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function knownText(known: Known): string {
  if (known === 'itself') return 'itself alone';
  if (known === 'all') return 'all';
  return known === 0 ? 'none: m₀ alone' : String(known);
}
