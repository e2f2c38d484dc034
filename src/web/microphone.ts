/** The microphone as a stream of samples. Nothing of it is kept but what the listener keeps. */
import workletUrl from './recorder.worklet.js?worker&url';

const START_MS = 5000;

export interface Microphone {
  /** Samples a second. */
  readonly rate: number;
  close(): void;
}

/**
 * Opens the microphone.
 *
 * @param take gets samples as they come, mono
 * @throws Error in words for a person, where there is no microphone or no leave to use it
 */
export async function openMicrophone(take: (samples: Float32Array) => void): Promise<Microphone> {
  // Within the click that asks for it: Firefox may not start a context that is made after the wait for leave.
  const context = new AudioContext();
  const running = context.resume();
  running.catch(() => undefined); // looked at below, where it is waited for
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

/** Firefox drives a context by a sound output, also where nothing is to be heard: without one it never starts. */
async function inTime(running: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('the sound system does not start: connect headphones or a loudspeaker'));
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
    throw new Error('the microphone is only there by https or from localhost');
  }
  try {
    // As it is: suppression and gain control would take out of a voice what is looked for.
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return await devices.getUserMedia({ audio: { ...plain, channelCount: 1 } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError') {
      const text = 'this page may not use the microphone: allow it beside the address';
      throw new Error(text, { cause: error });
    }
    if (name === 'NotFoundError') {
      throw new Error('there is no microphone on this device', { cause: error });
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

  /** A copy of what there is, oldest first. */
  get samples(): Float32Array {
    return this.#samples.slice(0, this.#length);
  }
}
