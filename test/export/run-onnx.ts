import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';

/** ONNX Runtime as Node's own library (1.16, of 2023), and in WebAssembly (1.30, of 2026). */
export const ONNX_RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;
export type OnnxRuntime = (typeof ONNX_RUNTIMES)[number];

/** Rows of one length, the shorter ones padded. */
export interface OnnxBatch {
  /** [B, T, F] */
  readonly features: Float32Array;
  readonly shape: readonly [number, number, number];
  readonly lengths: readonly number[];
  /** [B, 8F + 1], where the model takes them. */
  readonly functionals?: Float32Array;
}

export interface OnnxOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Opens a model file in ONNX Runtime, which checks the graph and infers its shapes. */
export async function openOnnx(bytes: Uint8Array, runtime: OnnxRuntime = 'onnxruntime-node') {
  const [ort, provider] =
    runtime === 'onnxruntime-node' ? ([node, 'cpu'] as const) : ([web, 'wasm'] as const);
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3, // errors
  });
  return async ({
    features,
    shape,
    lengths,
    functionals,
  }: OnnxBatch): Promise<Record<string, OnnxOutput>> => {
    const outputs = await session.run({
      features: new ort.Tensor('float32', features, shape),
      lengths: new ort.Tensor('int64', BigInt64Array.from(lengths, BigInt), [lengths.length]),
      ...(functionals && {
        functionals: new ort.Tensor('float32', functionals, [lengths.length, 8 * shape[2] + 1]),
      }),
    });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => {
        if (!(data instanceof Float32Array)) throw new Error(`${name} is no float32`);
        return [name, { shape: dims, data }];
      }),
    );
  };
}
