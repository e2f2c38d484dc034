/** A worker of the worker: decodes recordings of the private file system, and computes their features. */
import type { Reply, Request } from '../../features/workers/job.js';
import { serveRecordings } from '../../features/workers/serve.js';
import { OpfsFiles } from '../../platform/browser/opfs-files.js';

/** The parts of a worker's global scope in use, which TypeScript's DOM library lacks. */
interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Reply): void;
}
const scope = globalThis as unknown as Scope;

const answer = serveRecordings(new OpfsFiles(), (reply) => scope.postMessage(reply));
scope.onmessage = ({ data: request }) => answer(request);
scope.postMessage({ ready: true });
