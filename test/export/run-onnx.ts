import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Rows of one length, the shorter ones padded. */
export interface OnnxBatch {
  /** [B, T, F] */
  readonly features: Float32Array;
  readonly shape: readonly [number, number, number];
  readonly lengths: readonly number[];
}

export interface OnnxOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Opens a model file in ONNX Runtime, which checks the graph and infers its shapes. */
export async function openOnnx(bytes: Uint8Array) {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  return async ({ features, shape, lengths }: OnnxBatch): Promise<Record<string, OnnxOutput>> => {
    const outputs = await session.run({
      features: new ort.Tensor('float32', features, shape),
      lengths: new ort.Tensor('int64', BigInt64Array.from(lengths, BigInt), [lengths.length]),
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => {
        if (!(data instanceof Float32Array)) throw new Error(`${name} is no float32`);
        return [name, { shape: dims, data }];
      }),
    );
  };
}
