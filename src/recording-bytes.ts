import type { BlobLike, FileLike } from './core/host-types.js';
import type { SpeakerOptions } from './inference/normalised.js';
import type { Prediction, Predictor } from './inference/predictor.js';
import { BlobFiles } from './platform/browser/blob-files.js';

/** An audio file in memory: a Blob or File, or its bytes. */
export type RecordingBytes = FileLike | BlobLike | Uint8Array | ArrayBuffer;

/** Whether a value is one. */
export function isRecordingBytes(value: unknown): value is RecordingBytes {
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return true;
  return typeof value === 'object' && value !== null && 'arrayBuffer' in value;
}

/** Predicts it; the name of a File is in its errors. */
export function predictBytes(
  predictor: Predictor,
  recording: RecordingBytes,
  whose: SpeakerOptions,
): Promise<Prediction> {
  const blob = 'arrayBuffer' in recording ? recording : blobOf(recording);
  const name = 'name' in recording ? recording.name : 'recording';
  return predictor.predictFile(new BlobFiles([[name, blob]]), name, whose);
}

function blobOf(bytes: Uint8Array | ArrayBuffer): BlobLike {
  const own = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return { arrayBuffer: () => Promise.resolve(own.slice().buffer) };
}
