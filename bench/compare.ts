/**
 * Times the plain LSTM network of this project and of its peers alternately on the same adapter: ours,
 * a peer, ours, the next peer, for several rounds, each in its own process. Writes
 * bench/results/<adapter>/peers.json. Install peers with `npm ci --ignore-scripts` in bench/peers;
 * one that is not installed, or does not run here, is reported and skipped.
 *
 *     npm run bench:compare -- [--adapter gpu|lavapipe|swiftshader] [--shapes 8x50x64,32x200x128]
 *       [--peers tfjs,onnxruntime] [--rounds 3] [--seconds 5] [--cold] [--out bench/results]
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { adapterSlug, type Origin } from '../src/bench/results.js';
import { messageOf } from '../src/core/errors.js';
import { readText } from '../src/core/files.js';
import { NodeFiles } from '../src/platform/node/files.js';
import {
  compared,
  PEERS_FORMAT,
  shapeName,
  type Comparison,
  type Measured,
  type Pair,
  type PeersFile,
  type PeerShape,
} from './peer-results.js';

interface Peer {
  readonly name: string;
  readonly kind: Comparison['kind'];
  /** The script in bench/peers, and its arguments besides the shape. */
  readonly command: readonly [script: string, ...args: string[]];
}

const peers: readonly Peer[] = [
  // its core operations, unrolled by hand with one input projection: the fastest we found
  { name: 'tfjs', kind: 'train-step', command: ['tfjs-train.mjs'] },
  // as its users write it: tf.layers.lstm in tf.layers.bidirectional
  {
    name: 'tfjs-layers',
    kind: 'train-step',
    command: ['tfjs-train.mjs', '--implementation', 'layers'],
  },
  { name: 'tfjs-wasm', kind: 'train-step', command: ['tfjs-train.mjs', '--backend', 'wasm'] },
  { name: 'jax-js', kind: 'train-step', command: ['jax-js-train.mjs'] },
  { name: 'burn', kind: 'train-step', command: ['burn-train.mjs'] },
  { name: 'onnxruntime', kind: 'inference', command: ['onnx-inference.mjs'] },
  {
    name: 'onnxruntime-cpu',
    kind: 'inference',
    command: ['onnx-inference.mjs', '--backend', 'cpu'],
  },
];

/** Time limit of one process. */
const MOST_MINUTES = 15;

type Ours = Measured & Pick<Origin, 'kind' | 'driver' | 'robustness'>;

interface Settings {
  readonly seconds: string;
  readonly adapter: string | undefined;
  /** Without the drivers' caches of compiled shaders: the time of a first start. */
  readonly cold: boolean;
}

function shapesFrom(text: string): PeerShape[] {
  return text.split(',').map((one) => {
    const [batch = NaN, frames = NaN, units = NaN, ...rest] = one.split('x').map(Number);
    const sizes = [batch, frames, units];
    if (rest.length > 0 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
      throw new Error(`--shapes ${one}: expected BATCHxFRAMESxUNITS, such as 8x50x64`);
    }
    return { batch, frames, units };
  });
}

/** The JSON object that a script prints. */
async function measure<T extends Measured>(
  script: string,
  args: readonly string[],
  { batch, frames, units }: PeerShape,
  { seconds, adapter, cold }: Settings,
): Promise<T> {
  const sizes = ['--batch', batch, '--frames', frames, '--units', units].map(String);
  const all = [...args, ...sizes, '--cell', 'lstm', '--seconds', seconds, '--json'];
  const chosen = adapter === undefined ? all : [...all, '--adapter', adapter];
  const { code, stdout, stderr } = await run(script, chosen, cold);
  if (code !== 0) throw new Error(stderr.trim().split('\n').at(-1) ?? `ended with ${code}`);
  const found = JSON.parse(stdout) as T;
  if (!Number.isFinite(found.ms)) throw new Error(`gave no time: ${stdout.slice(0, 200)}`);
  return found;
}

function run(script: string, args: readonly string[], cold: boolean) {
  return new Promise<{ code: number | string; stdout: string; stderr: string }>((done, fail) => {
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: MOST_MINUTES * 60_000,
      env: { ...process.env, ...(cold && { MESA_SHADER_CACHE_DISABLE: 'true' }) },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', fail);
    child.on('close', (code, signal) =>
      done({ code: code ?? signal ?? 'no code', stdout, stderr }),
    );
  });
}

function ours(kind: Peer['kind'], shape: PeerShape, settings: Settings): Promise<Ours> {
  return measure<Ours>('dist/cli/main.js', ['bench', kind], shape, settings);
}

function theirs({ command }: Peer, shape: PeerShape, settings: Settings): Promise<Measured> {
  const [script, ...args] = command;
  return measure(`bench/peers/${script}`, args, shape, settings);
}

/** The file's results for other peers and shapes: a run adds to them. */
async function othersIn(
  files: NodeFiles,
  path: string,
  fresh: readonly Comparison[],
): Promise<readonly Comparison[]> {
  if (!(await files.exists(path))) return [];
  const { comparisons } = JSON.parse(await readText(files, path)) as PeersFile;
  const key = ({ kind, peer, backend, implementation, shape }: Comparison): string =>
    [kind, peer, backend, implementation, shapeName(shape)].join();
  const replaced = new Set(fresh.map(key));
  return comparisons.filter((known) => !replaced.has(key(known)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string' },
      shapes: { type: 'string', default: '8x50x64,32x200x128' },
      peers: { type: 'string', default: peers.map(({ name }) => name).join(',') },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      cold: { type: 'boolean', default: false },
      out: { type: 'string', default: 'bench/results' },
    },
  });
  const { seconds, adapter, cold, out } = values;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: expected 1 or more');
  const chosen = values.peers.split(',').map((name) => {
    const peer = peers.find((known) => known.name === name);
    if (peer) return peer;
    throw new Error(`--peers ${name}: expected any of ${peers.map((p) => p.name).join(', ')}`);
  });
  const comparisons: Comparison[] = [];
  const failed: { peer: string; shape: PeerShape; error: string }[] = [];
  let last: Ours | undefined;
  for (const shape of shapesFrom(values.shapes)) {
    const pairs = new Map<Peer, Pair[]>(chosen.map((peer) => [peer, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const [peer, known] of pairs) {
        const own = await ours(peer.kind, shape, { seconds, adapter, cold });
        last = own;
        try {
          const pair = { ours: own, theirs: await theirs(peer, shape, { seconds, adapter, cold }) };
          known.push(pair);
          const ratio = (pair.theirs.ms / own.ms).toFixed(2);
          console.error(
            `${shapeName(shape)}  round ${round}  ${peer.name}: ${ratio} times our time`,
          );
        } catch (error) {
          console.error(`${shapeName(shape)}  ${peer.name}: ${messageOf(error)}`);
          failed.push({ peer: peer.name, shape, error: messageOf(error) });
          pairs.delete(peer); // it would fail again
        }
      }
    }
    const date = new Date().toISOString();
    for (const [{ kind }, known] of pairs) {
      comparisons.push({ ...compared(kind, shape, known), date });
    }
  }
  if (last === undefined) throw new Error('there is nothing to compare');
  const { adapter: name, kind, driver, robustness, version } = last;
  const files = new NodeFiles();
  const path = `${out}/${adapterSlug({ kind, name, driver, robustness })}/peers.json`;
  const file: PeersFile = {
    format: PEERS_FORMAT,
    adapter: name,
    driver,
    version,
    date: new Date().toISOString(),
    rounds,
    comparisons: [...(await othersIn(files, path, comparisons)), ...comparisons],
    failed,
  };
  await files.write(path, `${JSON.stringify(file, null, 1)}\n`);
  console.log(path);
  if (comparisons.length === 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`compare: ${messageOf(error)}`);
  process.exitCode = 1;
}
