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
  ...{ dispatchUs: 5, barrierUs: 0.03, loadUs: 0.25, exchangeUs: 1 },
};

/** NVIDIA GeForce RTX 4090: 128 multiprocessors, 82.6 TFLOP/s f32, 165 TFLOP/s f16 with f32 sums, 1.01 TB/s: "NVIDIA Ada GPU Architecture" white paper. */
const rtx4090: Machine = {
  ...h100,
  ...{ name: 'RTX 4090', processors: 128, mostLanes: 1536 },
  ...{ workgroupBytes: 100 * 1024, nearBytes: 96 * 1024 },
  ...{ gflops: 82_600, matrixGflops: 165_000 },
  ...{ copyGBPerSecond: 920, cacheGBPerSecond: 5000, readGBPerSecond: 110 },
  ...{ dispatchUs: 5, barrierUs: 0.02, loadUs: 0.2, exchangeUs: 0.8 },
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
  ...{ dispatchUs: 6, barrierUs: 0.04, loadUs: 0.3, exchangeUs: 2 },
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
  ...{ dispatchUs: 10, barrierUs: 0.06, loadUs: 0.25, exchangeUs: 2 },
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

/** Mesa's lavapipe 25.0: LLVM, vectors of 8. Ceilings and factors as bench/simulate.ts measures them. */
export const lavapipe: Machine = {
  ...software,
  ...{ name: 'lavapipe', width: 8, busyLanes: 8, mostLanes: 1024, workgroupBytes: 32768 },
  ...{ gflops: 19.5, load: 5.3, staged: 4, special: 0.93, integer: 0.108 },
  ...{ copyGBPerSecond: 12, dispatchUs: 15, barrierUs: 0.021 },
  kernels: {
    ...{ matmul_outer: 1.1, matmul_nt: 1.14, matmul_nn: 1.15, matmul_tn: 1 },
    ...{ recurrence_forward: 1.5, recurrence_backward: 1.47 },
    ...{ recurrence_slice_forward: 1.9, recurrence_slice_backward: 2.2 },
    ...{ transpose: 1.3, transpose_recurrent: 1.4, column_sums: 1.3 },
  },
};

/** Google's SwiftShader 5.0: vectors of 4. */
export const swiftshader: Machine = {
  ...software,
  ...{ name: 'swiftshader', width: 4, busyLanes: 4, mostLanes: 256, workgroupBytes: 16384 },
  ...{ gflops: 6, load: 5.2, staged: 3.4, special: 2.25, integer: 0.48 },
  ...{ copyGBPerSecond: 8, dispatchUs: 76, barrierUs: 0.32 },
  kernels: {
    ...{ matmul_outer: 1.21, matmul_nt: 1, matmul_nn: 0.8, matmul_tn: 1.34 },
    ...{ recurrence_forward: 1.78, recurrence_backward: 1.31 },
    ...{ recurrence_slice_forward: 4.1, recurrence_slice_backward: 3.6 },
    ...{ transpose: 32, transpose_recurrent: 30, column_sums: 1.05 },
  },
};

/** What is known of an adapter before its ceilings are measured. */
export function machineOf(kind: string): Machine {
  if (kind === 'swiftshader') return swiftshader;
  return kind === 'gpu' ? someCard : lavapipe;
}
