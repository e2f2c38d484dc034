/** The used part of the npm package `espeak-ng` 1.0: a command-line program built with Emscripten. */
declare module 'espeak-ng' {
  export interface EspeakModule {
    /** The program's memory. */
    readonly HEAPU8: Uint8Array;
    readonly HEAPU32: Uint32Array;
    /** Files in memory; the package puts its voices there. */
    readonly FS: {
      readFile(path: string): Uint8Array;
      writeFile(path: string, text: string): void;
      unlink(path: string): void;
    };
    /** `main(argc, argv)`: the exit status. Throws an object named ExitStatus when it calls exit(). */
    _main(argc: number, argv: number): number;
  }

  export default function load(options: {
    /** Only load, without calling main. */
    noInitialRun: boolean;
    print(line: string): void;
    printErr(line: string): void;
  }): Promise<EspeakModule>;
}
