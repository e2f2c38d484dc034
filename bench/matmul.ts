/**
 * Times a plain f32 matmul C [m,n] = A [m,k] B [k,n] alternately with each variant of this project's kernels and
 * with the peers' WGSL kernels, on the same adapter. Writes bench/results/<adapter>/products.json.
 *
 *     npm run bench:matmul -- [--adapter gpu|lavapipe|swiftshader] [--shapes 1600x512x256]
 *       [--peers tfjs,onnxruntime,jax-js] [--rounds 3] [--out bench/results]
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { adapterSlug } from '../src/bench/results.js';
import { messageOf } from '../src/core/errors.js';
import { BufferPool } from '../src/gpu/buffers.js';
import { Engine } from '../src/gpu/engine.js';
import { Executable } from '../src/gpu/executable.js';
import { Executor } from '../src/gpu/executor.js';
import { GraphBuilder } from '../src/graph/builder.js';
import { matmulNn } from '../src/kernels/matmul/matmul_nn.js';
import { matmulOuter } from '../src/kernels/matmul/matmul_outer.js';
import { matmulTiled } from '../src/kernels/matmul/matmul_tiled.js';
import { NodeFiles } from '../src/platform/node/files.js';
import { adapterChoices, openGpu } from '../src/platform/node/open-gpu.js';
import { workingTreeShaders } from './working-tree.js';

interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** One kernel at one shape: the fastest time of each round. */
interface Row extends Shape {
  readonly product: string;
  readonly ms: number[];
  firstMs: number;
}

const variants = ['registers', 'outer', 'tiled', 'tiled unrolled'] as const;
const RUNS = 9;

const { values } = parseArgs({
  options: {
    adapter: { type: 'string' },
    shapes: { type: 'string', default: '1600x512x256' },
    peers: { type: 'string', default: 'tfjs,onnxruntime,jax-js' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: 'bench/results' },
  },
});

/** A new device each time, so that nothing runs alongside a peer's process. */
async function openEngine(): Promise<Engine> {
  const adapter = adapterChoices.find((choice) => choice === values.adapter);
  const gpu = await openGpu({ adapter });
  return new Engine(gpu, workingTreeShaders());
}

async function prepare(engine: Engine, variant: (typeof variants)[number], { m, n, k }: Shape) {
  const builder = new GraphBuilder(`product ${variant}`, {});
  const bindings = {
    a: builder.tensor('a', [m, k], 'input'),
    b: builder.tensor('b', [k, n], 'input'),
    out: builder.tensor('out', [m, n], 'output'),
  };
  const plain = { accumulate: 0, relu: 0, threshold: 0, scale: 1, stream_0: 0, stream_1: 0 };
  const uniforms = { m, n, k, ...plain };
  const { software } = engine.gpu.adapter;
  const lanes = { ROW_LANES: software ? 4 : 8, COLUMN_LANES: software ? 4 : 8 };
  switch (variant) {
    case 'registers':
      builder.dispatch(variant, matmulNn, { bindings, uniforms, constants: lanes });
      break;
    case 'outer':
      builder.dispatch(variant, matmulOuter, { bindings, uniforms, constants: lanes });
      break;
    case 'tiled':
      builder.dispatch(variant, matmulTiled, { bindings, uniforms });
      break;
    case 'tiled unrolled':
      builder.dispatch(variant, matmulTiled, {
        bindings,
        uniforms,
        constants: { BUFFERS: 2, KNOWN_K: k, KNOWN_N: n },
        defines: { UNROLL: 1 },
      });
  }
  const pool = new BufferPool(engine.gpu);
  const began = performance.now();
  const program = builder.build();
  const executable = await Executable.create(engine.gpu, engine.pipelines, pool, program);
  for (const name of ['a', 'b']) {
    const { bytes } = executable.range(name);
    executable.write(
      name,
      Float32Array.from({ length: bytes / 4 }, () => Math.random() - 0.5),
    );
  }
  const executor = new Executor(engine.gpu);
  const run = async (): Promise<number> => {
    const start = performance.now();
    await executor.run([{ executable, scalars: {} }]);
    await executor.idle();
    return performance.now() - start;
  };
  await run();
  return { run, firstMs: performance.now() - began, destroy: () => pool.destroy() };
}

async function ours(row: Row, shape: Shape): Promise<void> {
  const engine = await openEngine();
  const variant = variants.find((name) => row.product === `alstm ${name}`) ?? 'registers';
  try {
    const product = await prepare(engine, variant, shape);
    row.firstMs = product.firstMs;
    const times: number[] = [];
    for (let i = 0; i < RUNS; i++) times.push(await product.run());
    row.ms.push(Math.min(...times));
    product.destroy();
  } finally {
    engine.close();
  }
}

function theirs(row: Row, { m, n, k }: Shape): void {
  const sizes = ['--m', m, '--n', n, '--k', k].map(String);
  const chosen = values.adapter === undefined ? [] : ['--adapter', values.adapter];
  const script = 'bench/peers/wgsl-products/product.mjs';
  const args = [script, ...sizes, '--peer', row.product, ...chosen];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${row.product}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  const found = JSON.parse(stdout) as { fastest: number; firstStepMs: number };
  row.firstMs = found.firstStepMs;
  row.ms.push(found.fastest);
}

async function main(): Promise<void> {
  const shapes = values.shapes.split(',').map((text): Shape => {
    const [m = NaN, n = NaN, k = NaN] = text.split('x').map(Number);
    if ([m, n, k].every((size) => Number.isInteger(size) && size > 0)) return { m, n, k };
    throw new Error(`--shapes ${text}: expected MxNxK, such as 1600x512x256`);
  });
  const peers = values.peers.split(',').filter(Boolean);
  const names = [...variants.map((name) => `alstm ${name}`), ...peers];
  const rows = shapes.flatMap((shape) =>
    names.map((product): Row => ({ product, ...shape, ms: [], firstMs: NaN })),
  );
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const row of rows) {
      if (row.product.startsWith('alstm ')) await ours(row, row);
      else theirs(row, row);
      const gflops = (2e-6 * row.m * row.n * row.k) / (row.ms.at(-1) ?? NaN);
      console.error(`${row.m} x ${row.n} x ${row.k}  ${row.product}: ${gflops.toFixed(2)} GFLOP/s`);
    }
  }
  const engine = await openEngine();
  const results = rows.map((row) => {
    const ms = [...row.ms].sort((a, b) => a - b)[Math.floor(row.ms.length / 2)] ?? NaN;
    return { ...row, gflops: (2e-6 * row.m * row.n * row.k) / ms };
  });
  const { name, driver } = engine.gpu.adapter;
  const path = `${values.out}/${adapterSlug(engine.gpu.adapter)}/products.json`;
  const date = new Date().toISOString();
  const text = JSON.stringify({ adapter: name, driver, date, results }, null, 1);
  await new NodeFiles().write(path, `${text}\n`);
  console.log(path);
  engine.close();
}

try {
  await main();
} catch (error) {
  console.error(`matmul: ${messageOf(error)}`);
  process.exitCode = 1;
}
