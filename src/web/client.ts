import type {
  Argument,
  CallName,
  Problem,
  Reply,
  Request,
  Result,
  WorkerEvent,
} from './protocol.js';

/** A failure reported by the worker. */
export class WorkerProblem extends Error {
  readonly hint: string;
  /** The class of the error in the worker. */
  readonly kind: string;

  constructor({ name, message, hint }: Problem) {
    super(message);
    this.name = 'WorkerProblem';
    this.kind = name;
    this.hint = hint;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The page's side of the worker: a call is a promise; events go to all listeners. */
export class Client {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: WorkerEvent) => void>();
  #next = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#take(data));
    worker.addEventListener('error', (event) => {
      const message = event.message || 'the worker did not start';
      const hint = 'Reload the page.';
      this.#failAll(new WorkerProblem({ name: 'Error', message, hint }));
    });
  }

  call<N extends CallName>(
    name: N,
    argument: Argument<N>,
    transfer: Transferable[] = [],
  ): Promise<Result<N>> {
    const id = this.#next++;
    const request: Request = { id, name, argument };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#worker.postMessage(request, transfer);
    });
  }

  listen(listener: (event: WorkerEvent) => void): void {
    this.#listeners.add(listener);
  }

  #take(reply: Reply): void {
    if ('event' in reply) {
      for (const listener of this.#listeners) listener(reply.event);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('problem' in reply) waiting?.reject(new WorkerProblem(reply.problem));
    else waiting?.resolve(reply.result);
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
