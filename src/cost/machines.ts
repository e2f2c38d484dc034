import type { Machine } from './machine.js';

/** Costs of instructions on a graphics card, as multiples of a vec4 multiply-add: four instructions. */
const card = {
  software: false,
  load: 2, // its address and a clamp besides
  staged: 1.25,
  special: 2, // a quarter as many units as for multiply-adds, or an eighth
  integer: 0.4,
  kernels: {},
} as const;

/**
 * NVIDIA H100 SXM5. 132 multiprocessors, 67 TFLOP/s f32, 989 TFLOP/s f16 dense of which matrices of a subgroup reach
 * some 62% (Hopper's own instructions reach all), 3.35 TB/s: "NVIDIA H100 Tensor Core GPU" data sheet and
 * architecture white paper. Caches and latencies: published micro-benchmarks of Hopper, rounded.
 */
const h100: Machine = {
  ...card,
  ...{ name: 'H100 SXM', processors: 132, width: 128, busyLanes: 256, mostLanes: 2048 },
  ...{ workgroupBytes: 228 * 1024, nearBytes: 192 * 1024 },
  ...{ gflops: 66_900, matrixGflops: 613_000 },
  ...{ copyGBPerSecond: 3000, cacheGBPerSecond: 5700, readGBPerSecond: 90 },
  ...{ dispatchUs: 3, barrierUs: 0.03, loadUs: 0.25, exchangeUs: 1 },
};

/** NVIDIA GeForce RTX 4090: 128 multiprocessors, 82.6 TFLOP/s f32, 165 TFLOP/s f16 with f32 sums, 1.01 TB/s: "NVIDIA Ada GPU Architecture" white paper. */
const rtx4090: Machine = {
  ...h100,
  ...{ name: 'RTX 4090', processors: 128, mostLanes: 1536 },
  ...{ workgroupBytes: 100 * 1024, nearBytes: 96 * 1024 },
  ...{ gflops: 82_600, matrixGflops: 165_000 },
  ...{ copyGBPerSecond: 920, cacheGBPerSecond: 5000, readGBPerSecond: 110 },
  ...{ dispatchUs: 3, barrierUs: 0.02, loadUs: 0.2, exchangeUs: 0.8 },
};

/**
 * Apple M3 with 10 GPU cores: 128 f32 units a core at about 1.4 GHz; subgroup matrices run on the same units; 100 GB/s
 * of unified memory: Apple's technical specifications of the MacBook Air (M3). Caches and latencies are guesses.
 */
const m3: Machine = {
  ...card,
  ...{ name: 'M3, 10 cores', processors: 10, width: 128, busyLanes: 384, mostLanes: 2048 },
  ...{ workgroupBytes: 64 * 1024, nearBytes: 64 * 1024 },
  ...{ gflops: 3580, matrixGflops: 3580 },
  ...{ copyGBPerSecond: 90, cacheGBPerSecond: 400, readGBPerSecond: 80 },
  ...{ dispatchUs: 5, barrierUs: 0.04, loadUs: 0.3, exchangeUs: 2 },
};

/**
 * Intel Iris Xe, 96 execution units in 6 groups at 1.3 GHz: 2.0 TFLOP/s f32; 68 GB/s of LPDDR4x-4266: Intel's "Xe-LP"
 * presentation at Architecture Day 2020 and the Core i7-1185G7's specification. Caches and latencies are guesses.
 */
const irisXe: Machine = {
  ...card,
  ...{ name: 'Iris Xe, 96 units', processors: 6, width: 128, busyLanes: 512, mostLanes: 1792 },
  ...{ workgroupBytes: 128 * 1024, nearBytes: 64 * 1024 },
  ...{ gflops: 2000, matrixGflops: 0 },
  ...{ copyGBPerSecond: 55, cacheGBPerSecond: 330, readGBPerSecond: 80 },
  ...{ dispatchUs: 8, barrierUs: 0.06, loadUs: 0.25, exchangeUs: 2 },
};

/** Cards as their makers describe them: nothing of them was measured. */
export const cards = { h100, rtx4090, m3, irisXe } as const;

/** Any graphics card, before its ceilings are measured. */
export const someCard: Machine = { ...rtx4090, name: 'a graphics card' };

/** What software adapters share: the time of one processor, whose caches keep up with it. */
const software = {
  ...{ software: true, processors: 1, matrixGflops: 0 },
  ...{ cacheGBPerSecond: 100, readGBPerSecond: 100, nearBytes: 2 ** 15 },
  ...{ loadUs: 0, exchangeUs: 20 },
} as const;

/** Mesa's lavapipe: LLVM, vectors of 8. */
export const lavapipe: Machine = {
  ...software,
  ...{ name: 'lavapipe', width: 8, busyLanes: 8, mostLanes: 1024, workgroupBytes: 32768 },
  ...{ gflops: 19, load: 5, staged: 3.9, special: 0.9, integer: 0.12 },
  ...{ copyGBPerSecond: 20, dispatchUs: 14, barrierUs: 0.021 },
  kernels: {},
};

/** Google's SwiftShader: vectors of 4. */
export const swiftshader: Machine = {
  ...software,
  ...{ name: 'swiftshader', width: 4, busyLanes: 4, mostLanes: 256, workgroupBytes: 16384 },
  ...{ gflops: 4.6, load: 3.6, staged: 3.6, special: 1.6, integer: 0.35 },
  ...{ copyGBPerSecond: 12, dispatchUs: 80, barrierUs: 0.24 },
  kernels: {},
};

/** What is known of an adapter before its ceilings are measured. */
export function machineOf(kind: string): Machine {
  if (kind === 'swiftshader') return swiftshader;
  return kind === 'gpu' ? someCard : lavapipe;
}
