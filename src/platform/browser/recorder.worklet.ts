/** Runs in the audio thread: passes samples on in blocks, so that there are few messages. */
const PART = 2048;

interface Processor {
  readonly port: MessagePort;
}
declare const AudioWorkletProcessor: new () => Processor;
declare function registerProcessor(name: string, processor: new () => Processor): void;

class Recorder extends AudioWorkletProcessor {
  #part = new Float32Array(PART);
  #filled = 0;

  /** The mean of the channels, 128 samples at a time. */
  process([channels = []]: readonly (readonly Float32Array[])[]): boolean {
    const length = channels[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i] ?? 0;
      this.#part[this.#filled++] = sum / channels.length;
      if (this.#filled === PART) this.#hand();
    }
    return true;
  }

  #hand(): void {
    const full = this.#part;
    this.#part = new Float32Array(PART);
    this.#filled = 0;
    this.port.postMessage(full, [full.buffer]);
  }
}

registerProcessor('recorder', Recorder);
