import type EspeakNg from 'espeak-ng';
import { AlstmError, messageOf } from '../core/errors.js';

/** One utterance for espeak-ng to speak. */
export interface SpeechRequest {
  readonly text: string;
  /** A language of espeak-ng, such as `en-us`. */
  readonly language: string;
  /** Lines of an espeak-ng voice variant: `pitch`, `formant`, `tone` and so on. */
  readonly voice: readonly string[];
  /** Words per minute, at least 80. */
  readonly rate: number;
  /** Loudness, 0 to 200. */
  readonly amplitude: number;
  /** Pause between words beyond the usual, in 10 ms. */
  readonly wordGap: number;
}

export interface Sound {
  /** Mono, -1 to 1, [N]. */
  readonly samples: Float32Array;
  /** Sampling rate in Hz. */
  readonly rate: number;
}

/** Speaks a sentence. The same request gives the same samples, whatever was spoken before. */
export type Speech = (request: SpeechRequest) => Sound;

type Load = typeof EspeakNg;

const outputPath = '/speech.wav';
const voiceName = 'alstm';
const voicePath = `/usr/local/share/espeak-ng-data/voices/!v/${voiceName}`;
/** Bytes for the arguments, at the end of the program's memory (32 MiB, of which it uses 19). */
const argumentBytes = 8192;

/**
 * Loads the speech synthesiser espeak-ng, which is an optional package.
 *
 * @param load imports its loader; replaced in tests
 * @throws AlstmError if it is not installed or cannot be loaded
 */
export async function loadSpeech(
  load: () => Promise<Load> = async () => (await import('espeak-ng')).default,
): Promise<Speech> {
  const complaints: string[] = [];
  const program = await load()
    .then((start) =>
      start({
        noInitialRun: true,
        print: () => {},
        printErr: (line) => complaints.push(line),
      }),
    )
    .catch((cause: unknown) => {
      throw isMissing(cause)
        ? new AlstmError(
            'the speech synthesiser espeak-ng is not installed',
            'Run: npm install espeak-ng',
            { cause },
          )
        : new AlstmError(
            `the speech synthesiser espeak-ng cannot be loaded: ${messageOf(cause)}`,
            'Run: npm install espeak-ng@1.0.2',
            { cause },
          );
    });

  // Loading takes 0.3 s, mostly for its file system. A copy of the fresh memory allows main to run
  // repeatedly, each time from the same state: options, voices and random numbers are all there.
  const fresh = program.HEAPU8.slice();

  return ({ text, language, voice, rate, amplitude, wordGap }) => {
    program.HEAPU8.set(fresh);
    complaints.length = 0;
    program.FS.writeFile(voicePath, ['language variant', `name ${voiceName}`, ...voice].join('\n'));
    const numbers = ['-s', rate, '-a', amplitude, '-g', wordGap].map(String);
    const status = run(program, [
      ...['-v', `${language}+${voiceName}`, ...numbers],
      ...['-D', '-z', '-w', outputPath, '--', text], // the same noise always; no pause at the end
    ]);
    if (status !== 0) {
      throw new AlstmError(
        `espeak-ng cannot speak "${text}" in ${language}: ${complaints[0] ?? `status ${status}`}`,
        'Check the language and the voice settings.',
      );
    }
    const wav = program.FS.readFile(outputPath);
    program.FS.unlink(outputPath);
    return parseWav(wav, text);
  };
}

/** Calls main with arguments and returns its exit status. */
function run(program: EspeakProgram, args: readonly string[]): number {
  const encoder = new TextEncoder();
  const strings = ['espeak-ng', ...args].map((arg) => encoder.encode(`${arg}\0`));
  const pointerBytes = 4 * (strings.length + 1); // argv ends with a null pointer
  const bytes = strings.reduce((sum, string) => sum + string.length, pointerBytes);
  if (bytes > argumentBytes) {
    throw new AlstmError(
      `a text of ${bytes} bytes is too long to speak`,
      `Give at most ${argumentBytes} bytes at a time.`,
    );
  }
  const argv = program.HEAPU8.length - argumentBytes;
  let end = argv + pointerBytes;
  strings.forEach((string, i) => {
    program.HEAPU32[argv / 4 + i] = end;
    program.HEAPU8.set(string, end);
    end += string.length;
  });
  program.HEAPU32[argv / 4 + strings.length] = 0;
  const { exitCode } = process;
  try {
    return program._main(strings.length, argv);
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'status' in error) {
      return Number(error.status); // Emscripten's ExitStatus
    }
    throw error;
  } finally {
    process.exitCode = exitCode; // Emscripten takes the process for its own
  }
}

type EspeakProgram = Awaited<ReturnType<Load>>;

/** espeak-ng's output: 16-bit mono PCM after a header of 44 bytes. */
function parseWav(wav: Uint8Array, text: string): Sound {
  const view = new DataView(wav.buffer, wav.byteOffset, wav.byteLength);
  const samples = new Float32Array((wav.byteLength - 44) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(44 + 2 * i, true) / 32768;
  if (samples.every((sample) => sample === 0)) {
    throw new AlstmError(
      `espeak-ng returned no sound for "${text}"`,
      'Give a text with words in it.',
    );
  }
  return { samples, rate: view.getUint32(24, true) };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
