/** The worker: answers the page's calls, in the order in which they finish. */
import { AlstmError, DeviceLostError, messageOf } from '../../core/errors.js';
import type {
  CallName,
  Calls,
  DeviceInfo,
  Problem,
  Reply,
  Request,
  WorkerEvent,
} from '../protocol.js';
import { theEngine } from './engine.js';
import { csvOf, enrol, forgetVoice, hear, hearWindow, loadModel, look, predict } from './listen.js';
import { measure } from './measure.js';
import { forget, kept, pause, takeData, train, trainedModel } from './train.js';

/** The parts of a worker's global scope in use, which TypeScript's DOM library lacks. */
interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Reply): void;
}
const scope = globalThis as unknown as Scope;

type Answer<N extends CallName> = (
  argument: Parameters<Calls[N]>[0],
  tell: (event: WorkerEvent) => void,
) => ReturnType<Calls[N]> | Promise<ReturnType<Calls[N]>>;

const answers: { readonly [N in CallName]: Answer<N> } = {
  open,
  loadModel,
  hear,
  predict,
  csvOf,
  hearWindow,
  enrol,
  forgetVoice,
  look,
  kept,
  forget,
  takeData,
  train,
  pause,
  trainedModel,
  measure,
};

async function open(): Promise<DeviceInfo> {
  const { gpu } = await theEngine();
  const { name, software } = gpu.adapter;
  return { name, software, timestamps: gpu.features.has('timestamp-query') };
}

scope.onmessage = ({ data: request }) => void answer(request);

async function answer({ id, name, argument }: Request): Promise<void> {
  const tell = (event: WorkerEvent) => scope.postMessage({ event });
  try {
    const result: unknown = await (answers[name] as Answer<CallName>)(argument as never, tell);
    scope.postMessage({ id, result });
  } catch (error) {
    scope.postMessage({ id, problem: problemOf(error) });
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof DeviceLostError) {
    const { message } = error;
    const hint =
      'The graphics card was busy for too long or was removed. Try again, perhaps with a smaller size.';
    return { name: 'DeviceLostError', message, hint };
  }
  if (error instanceof AlstmError) {
    return { name: error.name, message: error.message, hint: error.hint };
  }
  return {
    name: error instanceof Error ? error.name : 'Error',
    message: messageOf(error),
    hint: 'This is a bug. Reload the page, and report what you did.',
  };
}
