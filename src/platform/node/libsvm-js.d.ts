/** The part of `libsvm-js` that is used; it ships no types. */
declare module 'libsvm-js' {
  interface Options {
    /** 0: C-support vector classification. */
    readonly type: '0';
    /** 2: exp(-gamma |x - y|^2). */
    readonly kernel: '2';
    readonly cost: number;
    readonly gamma: number;
    /** Factor on the cost by class. */
    readonly weight: Readonly<Record<number, number>>;
    /** MB */
    readonly cacheSize: number;
    readonly quiet: boolean;
  }
  interface Svm {
    train(samples: readonly (readonly number[] | Float64Array)[], labels: readonly number[]): void;
    /** Rows of the support vectors, grouped by class. */
    getSVIndices(): number[];
    /** libsvm's model file. */
    serializeModel(): string;
    free(): void;
  }
  export type SvmClass = new (options: Options) => Svm;
  const loading: Promise<SvmClass>;
  export default loading;
}
