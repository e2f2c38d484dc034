/** The package comes without types; what is used of it is as in `onnxruntime-web`. */
declare module 'onnxruntime-node' {
  export { InferenceSession, Tensor } from 'onnxruntime-web';
}
