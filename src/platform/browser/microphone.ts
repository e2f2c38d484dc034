/** Sound of a page as it comes: the microphone, or a MediaStream. Nothing is stored. */
import { AudioError } from '../../core/errors.js';
import type { LiveSound, MediaStreamLike } from '../../core/host-types.js';

const START_MS = 5000;
/** Samples of a part where there is no audio worklet. */
const PART = 2048;

/** Whether a value is a MediaStream. */
export function isMediaStream(value: unknown): value is MediaStreamLike {
  return typeof value === 'object' && value !== null && 'getAudioTracks' in value;
}

/**
 * Opens the microphone, or listens to a MediaStream, whose tracks stay as they are when this is closed.
 *
 * @throws AudioError with text for the user if there is no microphone, no permission to use it, or no sound in the stream
 */
export async function listenTo(source: 'microphone' | MediaStreamLike): Promise<LiveSound> {
  // Within the click that asks for it: Firefox may not start a context made after waiting for permission.
  const context = contextFor(source);
  const running = context.resume();
  running.catch(() => undefined); // handled below, where it is awaited
  const own = source === 'microphone';
  let stream: MediaStream | undefined;
  try {
    stream = own ? await requestStream() : (source as MediaStream);
    const node = await recorderOf(context);
    const input = context.createMediaStreamSource(stream);
    await inTime(running);
    return new PageSound(context, input, node, stream, own);
  } catch (error) {
    if (own && stream !== undefined) stop(stream);
    await context.close();
    throw error;
  }
}

class PageSound implements LiveSound {
  #end = (): void => undefined;
  #closed = false;

  constructor(
    private readonly context: AudioContext,
    private readonly input: AudioNode,
    private readonly recorder: Recorder,
    private readonly stream: MediaStream,
    private readonly own: boolean,
  ) {}

  get rate(): number {
    return this.context.sampleRate;
  }

  start(take: (samples: Float32Array) => void, end: () => void): void {
    this.#end = () => {
      if (this.stream.getAudioTracks().every(({ readyState }) => readyState === 'ended')) end();
    };
    for (const track of this.stream.getAudioTracks()) track.addEventListener('ended', this.#end);
    this.recorder.begin(take);
    this.input.connect(this.recorder.node);
    this.#end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const track of this.stream.getAudioTracks()) track.removeEventListener('ended', this.#end);
    this.recorder.end();
    this.input.disconnect();
    if (this.own) stop(this.stream);
    void this.context.close();
  }
}

/** Why the microphone cannot be heard, also as a word: a page says it in its own language. */
export class MicrophoneError extends AudioError {
  constructor(
    readonly reason: 'silent' | 'insecure' | 'forbidden' | 'missing',
    ...rest: ConstructorParameters<typeof AudioError>
  ) {
    super(...rest);
  }
}

interface Recorder {
  readonly node: AudioNode;
  begin(take: (samples: Float32Array) => void): void;
  end(): void;
}

/** In the audio thread; where a policy or a bundler keeps the worklet from loading, in this one. */
async function recorderOf(context: AudioContext): Promise<Recorder> {
  try {
    const { recorderUrl } = await import('./recorder-url.js');
    await context.audioWorklet.addModule(recorderUrl);
  } catch {
    return scriptRecorder(context);
  }
  const node = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
  return {
    node,
    begin: (take) => {
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => take(data);
    },
    end: () => {
      node.port.onmessage = null;
    },
  };
}

/** Loses sound while the page is busy, but needs no file of its own. */
function scriptRecorder(context: AudioContext): Recorder {
  const node = context.createScriptProcessor(PART, 1, 1); // channels are averaged
  return {
    node,
    begin: (take) => {
      node.onaudioprocess = ({ inputBuffer }) => take(inputBuffer.getChannelData(0).slice());
      node.connect(context.destination); // silent, but without an output it is not called
    },
    end: () => {
      node.onaudioprocess = null;
      node.disconnect();
    },
  };
}

/** A context to listen in. */
function contextFor(source: 'microphone' | MediaStreamLike): AudioContext {
  if (typeof AudioContext === 'undefined') {
    const hint = 'Give `stream` an async iterable of samples there.';
    throw new AudioError('only a page can listen to live sound', hint);
  }
  if (source !== 'microphone' && source.getAudioTracks().length === 0) {
    throw new AudioError('the MediaStream has no sound', 'Ask for one with { audio: true }.');
  }
  return new AudioContext();
}

/** Firefox drives a context with a sound output even if nothing is played: without one it never starts. */
async function inTime(running: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const hint = 'A page may listen after a click or another action of its user.';
      const what = 'the sound system does not start: connect headphones or a loudspeaker';
      reject(new MicrophoneError('silent', what, hint));
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
    const text = 'the microphone is only available over https or from localhost';
    throw new MicrophoneError('insecure', text);
  }
  try {
    // Unprocessed: suppression and gain control would remove what the network needs.
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return await devices.getUserMedia({ audio: { ...plain, channelCount: 1 } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError') {
      const text = 'this page may not use the microphone: allow it in the address bar';
      throw new MicrophoneError('forbidden', text, '', { cause: error });
    }
    if (name === 'NotFoundError') {
      const text = 'there is no microphone on this device';
      throw new MicrophoneError('missing', text, '', { cause: error });
    }
    throw error;
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
