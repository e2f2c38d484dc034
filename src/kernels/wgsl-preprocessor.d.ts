declare module 'wgsl-preprocessor/wgsl-preprocessor.js' {
  /** Template tag: `#if ${x}` / `#elif` / `#else` / `#endif`, other values are inserted as text. */
  export function wgsl(
    strings: readonly string[],
    ...values: (string | number | boolean)[]
  ): string;
}
