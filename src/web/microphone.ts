/** The microphone as a stream of samples. Nothing is stored except by the listener. */
import { t } from './language/words.js';
import workletUrl from './recorder.worklet.js?worker&url';

const START_MS = 5000;

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
  // Within the click that asks for it: Firefox may not start a context made after waiting for permission.
  const context = new AudioContext();
  const running = context.resume();
  running.catch(() => undefined); // handled below, where it is awaited
  let stream: MediaStream | undefined;
  try {
    const heard = await requestStream();
    stream = heard;
    await context.audioWorklet.addModule(workletUrl);
    const source = context.createMediaStreamSource(heard);
    const node = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => take(data);
    source.connect(node);
    await inTime(running);
    const close = (): void => {
      source.disconnect();
      stop(heard);
      void context.close();
    };
    return { rate: context.sampleRate, close };
  } catch (error) {
    if (stream !== undefined) stop(stream);
    await context.close();
    throw error;
  }
}

/** Firefox drives a context with a sound output even if nothing is played: without one it never starts. */
async function inTime(running: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(t().live.noSound));
    }, START_MS);
  });
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function requestStream(): Promise<MediaStream> {
  // Browsers hide the microphone from pages that came over http.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) {
    throw new Error(t().live.notHere);
  }
  try {
    // Unprocessed: suppression and gain control would remove what the network needs.
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return await devices.getUserMedia({ audio: { ...plain, channelCount: 1 } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError') {
      throw new Error(t().live.forbidden, { cause: error });
    }
    if (name === 'NotFoundError') {
      throw new Error(t().live.missing, { cause: error });
    }
    throw error;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
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
