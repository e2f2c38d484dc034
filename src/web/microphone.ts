/** The microphone as a stream of samples. Nothing is stored except by the listener. */
import { listenTo, MicrophoneError } from '../platform/browser/microphone.js';
import { t } from './language/words.js';

export interface Microphone {
  /** Samples per second. */
  readonly rate: number;
  close(): void;
}

/**
 * Opens the microphone.
 *
 * @param take gets samples as they come, mono
 * @throws Error with text for the user if there is no microphone or no permission to use it
 */
export async function openMicrophone(take: (samples: Float32Array) => void): Promise<Microphone> {
  try {
    const sound = await listenTo('microphone');
    sound.start(take, () => undefined);
    return sound;
  } catch (error) {
    if (!(error instanceof MicrophoneError)) throw error;
    throw new Error(t().live[error.reason], { cause: error });
  }
}

/** The last seconds of a stream of samples. */
export class Tail {
  readonly #samples: Float32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#samples = new Float32Array(capacity);
  }

  push(more: Float32Array): void {
    const room = this.#samples.length;
    const own = more.subarray(Math.max(0, more.length - room));
    const kept = Math.min(this.#length, room - own.length);
    this.#samples.copyWithin(0, this.#length - kept, this.#length);
    this.#samples.set(own, kept);
    this.#length = kept + own.length;
  }

  /** A copy of the last samples, oldest first. */
  last(count: number): Float32Array {
    return this.#samples.slice(Math.max(0, this.#length - count), this.#length);
  }
}
