/** A worker thread that decodes recordings and computes features: it loads nothing else. */
import { parentPort } from 'node:worker_threads';
import { serveRecordings } from '../../features/workers/serve.js';
import { NodeFiles } from './files.js';

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
port.on(
  'message',
  serveRecordings(new NodeFiles(), (reply) => port.postMessage(reply)),
);
port.postMessage({ ready: true });
