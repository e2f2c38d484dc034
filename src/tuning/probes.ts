/**
 * Micro-benchmarks of an adapter, less than a second in all: the ceilings that the cost model works with
 * (cost/machine.ts). None of them is one of the project's kernels.
 */
import type { Machine } from '../cost/machine.js';
import { USAGE } from '../gpu/buffers.js';
import type { Gpu } from '../gpu/device.js';
import type { GPUBuffer } from '../gpu/webgpu.js';

/** What is measured; the rest of a machine is known, or assumed. */
export type Ceilings = Pick<
  Machine,
  | 'processors'
  | 'gflops'
  | 'load'
  | 'staged'
  | 'special'
  | 'integer'
  | 'copyGBPerSecond'
  | 'dispatchUs'
  | 'barrierUs'
  | 'loadUs'
  | 'exchangeUs'
>;

/** The process's clock in milliseconds; a software adapter is better timed by its processor time. */
export type Clock = () => number;

const LANES = 256;
/** Vectors of four in `data`: 64 KiB, which near caches hold. */
const QUADS = 4096;
/** Bytes that are copied. */
const COPIED = 2 ** 25;
/** Polls after which a workgroup stops waiting for the other. */
const PATIENCE = 100_000;

/** Statements of a lane that run `u.count` times, and how many of what they time one run has. */
const bodies = {
  madds: loop((i) => `s${i} = s${i} * x + y;`),
  loads: loop((i) => `s${i} += data[(at + ${i * LANES}u) & ${QUADS - 1}u];`, 'at += 64u;'),
  staged: loop((i) => `s${i} += staged[(at + ${i}u) & 63u];`, 'at += 8u;'),
  special: loop((i) => `s${i}.x = exp(-s${i}.x);`),
  // five operations: a round of the cipher of random numbers
  integer: loop(
    (i) => `a${i} += b${i}; b${i} = ((b${i} << ${i + 5}u) | (b${i} >> ${27 - i}u)) ^ a${i};`,
  ),
  barriers: loop(() => 'workgroupBarrier();'),
  chase: loop(() => 'at = atomicLoad(&words[at & 63u]);'),
  nothing: '',
  exchange: `
    let other = group.x;
    var waited = 0u;
    if (lane == 0u) {
      for (var i = 0u; i < u.count; i++) {
        while (atomicLoad(&words[other]) < i + other && waited < ${PATIENCE}u) { waited++; }
        atomicStore(&words[1u - other], i + 1u);
      }
    }`,
} as const;

function loop(statement: (i: number) => string, last = ''): string {
  return `for (var i = 0u; i < u.count; i++) { ${each(statement)} ${last} }`;
}

/** Eight times the same, independent of each other. */
function each(text: (i: number) => string, between = ' '): string {
  return Array.from({ length: 8 }, (_, i) => text(i)).join(between);
}

const code = (body: string) => /* wgsl */ `
  struct Uniforms { count: u32 }
  @group(0) @binding(0) var<storage, read> data: array<vec4<f32>>;
  @group(0) @binding(1) var<storage, read_write> words: array<atomic<u32>>;
  @group(0) @binding(2) var<uniform> u: Uniforms;
  var<workgroup> staged: array<vec4<f32>, 64>;
  @compute @workgroup_size(${LANES})
  fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    var at = lane;
    ${each((i) => `var a${i} = lane; var b${i} = lane * ${2 * i + 3}u;`)}
    let x = data[lane] * 0.5 + 0.5;
    let y = data[lane + 1u];
    if (lane < 64u) { staged[lane] = y; }
    workgroupBarrier();
    ${each((i) => `var s${i} = data[lane + ${i}u];`)}
    ${body}
    at += (${each((i) => `a${i}`, ' + ')}) & 1u;
    let sum = ${each((i) => `s${i}`, ' + ')};
    // never true, which no compiler knows
    if (sum.x + f32(at) == 1e30) { atomicStore(&words[at & 63u], 1u); }
  }`;

type Probe = keyof typeof bodies;

/**
 * Measures the ceilings of an adapter.
 *
 * @param width lanes of a software adapter's vectors
 */
export async function measureCeilings(
  gpu: Gpu,
  width: number,
  clock: Clock = now,
): Promise<Ceilings> {
  const bench = new Probes(gpu, clock);
  try {
    const { software } = gpu.adapter;
    const many = software ? 8 : 2048;
    const one = await bench.rate('madds', 1);
    const madds = await bench.rate('madds', many);
    const [loads, staged, special, integer] = [
      await bench.rate('loads', many),
      await bench.rate('staged', many),
      await bench.rate('special', many),
      await bench.rate('integer', many),
    ];
    const processors = Math.max(1, Math.round(madds / one));
    const empty = await bench.dispatchUs();
    const barrier = LANES / (await bench.rate('barriers', software ? many : 1));
    const loadUs = LANES / (await bench.rate('chase', 1));
    return {
      processors,
      gflops: (8 * madds) / 1e3,
      load: madds / loads,
      staged: madds / staged,
      special: madds / special,
      integer: madds / integer / 5,
      copyGBPerSecond: await bench.copy(),
      dispatchUs: empty,
      barrierUs: software ? (barrier * processors * width) / LANES : barrier,
      loadUs,
      exchangeUs: software ? 20 : await bench.exchangeUs(),
    };
  } finally {
    bench.destroy();
  }
}

const now: Clock = () => performance.now();

class Probes {
  readonly #data: GPUBuffer;
  readonly #words: GPUBuffer;
  readonly #uniforms: GPUBuffer;
  readonly #layout: GPUBindGroupLayout;
  readonly #group: GPUBindGroup;
  readonly #pipelines = new Map<Probe, GPUComputePipeline>();

  constructor(
    private readonly gpu: Gpu,
    private readonly clock: Clock,
  ) {
    const { device } = gpu;
    const buffer = (label: string, size: number, usage: number) =>
      device.createBuffer({ label, size, usage: usage | USAGE.COPY_DST });
    this.#data = buffer('probe data', 16 * QUADS, USAGE.STORAGE);
    this.#words = buffer('probe words', 256, USAGE.STORAGE);
    this.#uniforms = buffer('probe count', 16, USAGE.UNIFORM);
    const noise = Float32Array.from({ length: 4 * QUADS }, (_, i) => Math.sin(i));
    device.queue.writeBuffer(this.#data, 0, noise);
    const types = ['read-only-storage', 'storage', 'uniform'] as const;
    this.#layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })),
    });
    this.#group = device.createBindGroup({
      layout: this.#layout,
      entries: [this.#data, this.#words, this.#uniforms].map((own, binding) => ({
        binding,
        resource: { buffer: own },
      })),
    });
  }

  destroy(): void {
    for (const buffer of [this.#data, this.#words, this.#uniforms]) buffer.destroy();
  }

  /** Million statements a second that all lanes of `groups` workgroups run. */
  async rate(probe: Probe, groups: number): Promise<number> {
    const { count, ms } = await this.#time(probe, groups);
    return (8 * count * groups * LANES) / ms / 1e3;
  }

  /** Of a dispatch: many of a kernel that does nothing, less the wait at their end. */
  async dispatchUs(): Promise<number> {
    const [few, many] = [20, 220];
    await this.#run('nothing', 1, 1, many);
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const short = await this.#run('nothing', 1, 1, few);
      const long = await this.#run('nothing', 1, 1, many);
      times.push((1e3 * (long - short)) / (many - few));
    }
    return Math.max(0.1, median(times));
  }

  /** From one workgroup to the other; Infinity where both do not run at once. */
  async exchangeUs(): Promise<number> {
    const rounds = 200;
    let best = Infinity;
    for (let i = 0; i < 3; i++) {
      this.gpu.device.queue.writeBuffer(this.#words, 0, new Uint32Array(64));
      const idle = await this.#run('nothing', 1, 1, 1);
      this.gpu.device.queue.writeBuffer(this.#words, 0, new Uint32Array(64));
      best = Math.min(best, (await this.#run('exchange', 2, rounds, 1)) - idle);
    }
    const us = (1e3 * best) / (2 * rounds);
    return us > 0 && us < 100 ? us : 100;
  }

  /** GB/s read and written by copies from buffer to buffer. */
  async copy(): Promise<number> {
    const { device } = this.gpu;
    const usage = USAGE.COPY_SRC | USAGE.COPY_DST;
    const [from, to] = ['from', 'to'].map((label) =>
      device.createBuffer({ label, size: COPIED, usage }),
    ) as [GPUBuffer, GPUBuffer];
    try {
      const times: number[] = [];
      for (let i = 0; i < 4; i++) {
        const encoder = device.createCommandEncoder();
        for (let j = 0; j < 4; j++) encoder.copyBufferToBuffer(from, 0, to, 0, COPIED);
        times.push(await this.#submit(encoder));
      }
      return (8 * COPIED) / Math.min(...times) / 1e6;
    } finally {
      from.destroy();
      to.destroy();
    }
  }

  /** Runs longer and longer until the clock can tell, then takes the fastest of three. */
  async #time(probe: Probe, groups: number): Promise<{ count: number; ms: number }> {
    const enough = 5;
    let count = 16;
    await this.#run(probe, groups, count, 1); // compiles
    let ms = await this.#run(probe, groups, count, 1);
    while (ms < enough && count < 1 << 20) {
      count *= 4;
      ms = await this.#run(probe, groups, count, 1);
    }
    const idle = await this.#run(probe, groups, 0, 1);
    for (let i = 0; i < 2; i++) ms = Math.min(ms, await this.#run(probe, groups, count, 1));
    return { count, ms: Math.max(ms - idle, 0.1 * ms) };
  }

  async #run(probe: Probe, groups: number, count: number, dispatches: number): Promise<number> {
    const { device } = this.gpu;
    const pipeline = await this.#pipeline(probe);
    device.queue.writeBuffer(this.#uniforms, 0, Uint32Array.of(count));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#group);
    for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    return this.#submit(encoder);
  }

  async #submit(encoder: GPUCommandEncoder): Promise<number> {
    const { gpu } = this;
    const commands = encoder.finish();
    const began = this.clock();
    gpu.device.queue.submit([commands]);
    await gpu.wait(gpu.device.queue.onSubmittedWorkDone());
    const ms = this.clock() - began;
    gpu.check();
    return ms;
  }

  async #pipeline(probe: Probe): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(probe);
    if (known !== undefined) return known;
    const { device } = this.gpu;
    const label = `probe ${probe}`;
    const made = await this.gpu.wait(
      device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [this.#layout] }),
        compute: {
          module: device.createShaderModule({ label, code: code(bodies[probe]) }),
          entryPoint: 'main',
        },
      }),
    );
    this.#pipelines.set(probe, made);
    return made;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
