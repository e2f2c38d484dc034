import type { Engine } from '../gpu/engine.js';

/** A device that is replaced once it is lost, and closed by whoever opened it. */
export class OwnEngine {
  #engine: Engine;
  #closed = false;

  private constructor(
    engine: Engine,
    private readonly another: () => Promise<Engine>,
  ) {
    this.#engine = engine;
  }

  static async open(another: () => Promise<Engine>): Promise<OwnEngine> {
    return new OwnEngine(await another(), another);
  }

  get engine(): Engine {
    return this.#engine;
  }

  readonly reopen = async (): Promise<Engine> => {
    this.#engine.close();
    this.#engine = await this.another();
    if (this.#closed) this.#engine.close(); // closed meanwhile: nobody would close the new one
    return this.#engine;
  };

  close(): void {
    this.#closed = true;
    this.#engine.close();
  }
}
