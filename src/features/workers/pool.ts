import type { Recording } from '../../audio/decode.js';
import { errorOfCopy } from '../../core/error-copy.js';
import { AudioError, UsageError } from '../../core/errors.js';
import type { Files } from '../../core/files.js';
import type { StopSignal } from '../../core/host-types.js';
import { isBuiltIn } from '../sets/registry.js';
import type { FeatureOptions, StoredFeatures } from '../utterance.js';
import type { Job, Reply, Request, Results } from './job.js';
import {
  InThisThread,
  refuseStopped,
  type RecordingWorkers,
  type SampleNeeds,
  type WorkOptions,
} from './recording-workers.js';

/** A thread, as a platform starts it. */
export interface Thread {
  post(request: Request): void;
  /** Whether it has work: only then may it keep the process alive. */
  busy(busy: boolean): void;
  terminate(): Promise<void>;
}

/** What a platform tells of a thread. */
export interface ThreadEvents {
  reply(reply: Reply): void;
  /** It has ended by itself. @param problem why, in a few words */
  ended(problem: string): void;
}

export interface PoolOptions {
  /** For the work that is done in this thread: that of sets that threads cannot know. */
  readonly files: Files;
  /** The most threads. */
  readonly size: number;
  readonly start: (events: ThreadEvents) => Thread;
  /** Called with one line if no thread can be started. */
  readonly warn?: ((line: string) => void) | undefined;
}

/** Recordings that a thread has at once: one is read while another is computed, or its features are written. */
const AT_ONCE = 2;
/** Milliseconds that threads get to finish what they are writing. */
const LAST_WRITES = 1000;

/** A job, and the same for this thread. */
interface Work<T> {
  readonly job: Job;
  readonly here: () => Promise<T>;
  readonly signal: StopSignal | undefined;
  readonly warn?: ((line: string) => void) | undefined;
}

/** Work, and whoever waits for it. */
interface Waiting extends Work<Results[keyof Results]> {
  readonly resolve: (value: Results[keyof Results]) => void;
  readonly reject: (error: unknown) => void;
  /** A thread ended when it had this job among others: it is tried once more, alone. */
  suspect: boolean;
}

/** A thread that was started. */
interface Member {
  readonly thread: Thread;
  readonly jobs: Map<number, Waiting>;
  /** It has loaded its code. */
  ready: boolean;
  closed?: () => void;
}

/**
 * Recordings are decoded, and features computed, in threads, which are started when there is work for them. A thread
 * that ends by itself is replaced; if it had one recording, that one fails, else each of them is tried once more
 * alone.
 */
export class RecordingPool implements RecordingWorkers {
  readonly size: number;
  readonly apart = true;
  readonly #options: PoolOptions;
  readonly #here: InThisThread;
  readonly #members = new Set<Member>();
  readonly #queue: Waiting[] = [];
  /** Threads that can be started; fewer than asked for where the system refuses. */
  #most: number;
  #next = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.size = options.size;
    this.#most = options.size;
    this.#options = options;
    this.#here = new InThisThread(options.files);
  }

  features(path: string, options: FeatureOptions & WorkOptions = {}): Promise<StoredFeatures> {
    const { featureSet: set, warn, signal, trimDb, cache, speed, condition } = options;
    const here = (): Promise<StoredFeatures> => this.#here.features(path, options);
    if (set !== undefined && !isBuiltIn(set)) return here();
    const sent = {
      ...(set !== undefined && { set: set.id }),
      ...(trimDb !== undefined && { trimDb }),
      ...(cache !== undefined && { cache }),
      ...(speed !== undefined && { speed }),
      ...(condition !== undefined && { condition }),
      warns: warn !== undefined,
    };
    return this.#do({ job: { kind: 'features', path, options: sent }, here, signal, warn });
  }

  samples(path: string, needs: SampleNeeds & WorkOptions): Promise<Recording> {
    const { rate, window, signal } = needs;
    const here = (): Promise<Recording> => this.#here.samples(path, needs);
    return this.#do({ job: { kind: 'samples', path, needs: { rate, window } }, here, signal });
  }

  seconds(path: string, options: WorkOptions = {}): Promise<number> {
    const here = (): Promise<number> => this.#here.seconds(path, options);
    return this.#do({ job: { kind: 'seconds', path }, here, signal: options.signal });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const members = [...this.#members];
    this.#members.clear();
    const unfinished = [...this.#queue, ...members.flatMap(({ jobs }) => [...jobs.values()])];
    this.#queue.length = 0;
    await Promise.all(members.map((member) => endOf(member)));
    for (const { reject } of unfinished) reject(closed());
  }

  #do<T extends Results[keyof Results]>(work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const done = (value: Results[keyof Results]): void => resolve(value as T);
      this.#queue.push({ ...work, resolve: done, reject, suspect: false });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      try {
        refuseStopped(first.signal);
      } catch (error) {
        this.#queue.shift();
        first.reject(error);
        continue;
      }
      const member = this.#free(first.suspect);
      if (member === undefined && this.#members.size > 0) return;
      this.#queue.shift();
      if (member === undefined) first.here().then(first.resolve, first.reject);
      else send(member, this.#next++, first);
    }
  }

  /** Who can take a job; a suspect is alone with its thread. */
  #free(alone: boolean): Member | undefined {
    const members = [...this.#members];
    const idle = members.find(({ jobs }) => jobs.size === 0) ?? this.#started();
    if (idle !== undefined || alone) return idle;
    return members.find(
      ({ jobs }) => jobs.size < AT_ONCE && [...jobs.values()].every(({ suspect }) => !suspect),
    );
  }

  /** A new thread, if there may be another. */
  #started(): Member | undefined {
    if (this.#members.size >= this.#most) return undefined;
    const events: ThreadEvents = {
      reply: (reply) => this.#take(member, reply),
      ended: (problem) => this.#replace(member, problem),
    };
    let thread: Thread;
    try {
      thread = this.#options.start(events);
    } catch (error) {
      this.#startLess(error instanceof Error ? error.message : String(error));
      return undefined;
    }
    const member: Member = { thread, jobs: new Map(), ready: false };
    this.#members.add(member);
    return member;
  }

  #take(member: Member, reply: Reply): void {
    if ('ready' in reply) {
      member.ready = true;
      return;
    }
    if ('closed' in reply) {
      member.closed?.();
      return;
    }
    const waiting = member.jobs.get(reply.id);
    if ('warning' in reply) {
      waiting?.warn?.(reply.warning);
      return;
    }
    member.jobs.delete(reply.id);
    if (member.jobs.size === 0) member.thread.busy(false);
    if ('error' in reply) waiting?.reject(errorOfCopy(reply.error));
    else waiting?.resolve(reply.value);
    this.#dispatch();
  }

  #replace(member: Member, problem: string): void {
    member.closed?.();
    if (!this.#members.delete(member)) return; // it was ended from here
    const jobs = [...member.jobs.values()];
    if (!member.ready) {
      this.#startLess(problem);
      this.#queue.unshift(...jobs);
    } else if (jobs.length === 1) {
      const [{ job, reject }] = jobs as [Waiting];
      reject(endedOn(job.path, problem));
    } else {
      this.#queue.unshift(...jobs.map((own) => Object.assign(own, { suspect: true })));
    }
    this.#dispatch();
  }

  /** The system starts no more threads than there are; without any, all work is done in this one. */
  #startLess(problem: string): void {
    this.#most = this.#members.size;
    if (this.#most > 0) return;
    this.#options.warn?.(
      `no worker thread can be started (${problem}): recordings are read one after the other`,
    );
  }
}

function send({ thread, jobs }: Member, id: number, waiting: Waiting): void {
  jobs.set(id, waiting);
  thread.busy(true);
  thread.post({ id, job: waiting.job });
}

/** Ends a thread; one that has work may finish what it is writing. */
async function endOf(member: Member): Promise<void> {
  const { thread, jobs } = member;
  thread.busy(true); // its end is waited for
  if (jobs.size > 0 && member.ready) {
    await new Promise<void>((done) => {
      const late = setTimeout(done, LAST_WRITES);
      member.closed = () => {
        clearTimeout(late);
        done();
      };
      thread.post({ close: true });
    });
  }
  await thread.terminate();
}

function closed(): UsageError {
  return new UsageError('the workers were closed', 'Close them after their last work.');
}

function endedOn(path: string, problem: string): AudioError {
  return new AudioError(
    `${path}: the worker thread that read it ended: ${problem}`,
    'A long recording may need more memory than there is: use fewer workers (--workers 1), or divide it.',
  );
}
