/** Shapes and times of the benchmarks. */
export interface Shape {
  readonly batch: number;
  readonly frames: number;
  readonly units: number;
}

export interface Sizes {
  /** The shape for comparison with cuDNN, and a smaller one. */
  readonly headline: Shape;
  readonly second: Shape;
  readonly grid: {
    readonly units: readonly number[];
    readonly batch: string;
    readonly frames: string;
  };
  /** Options of inference and scaling, which have their own shapes, and of every benchmark. */
  readonly inference: readonly string[];
  readonly scaling: readonly string[];
  readonly network: readonly string[];
  /** Seconds of tuning, for the headline and for others. */
  readonly tuning: readonly [headline: number, others: number];
  /** Seconds to time a shape: the headline, others, and one of the grid. */
  readonly long: number;
  readonly middle: number;
  readonly short: number;
}

export const onGpu: Sizes = {
  headline: { batch: 64, frames: 500, units: 256 },
  second: { batch: 32, frames: 200, units: 128 },
  grid: { units: [256, 128, 64], batch: '8,32,64,128,256', frames: '100,250,500,1000' },
  inference: [],
  scaling: [],
  network: [],
  tuning: [30, 15],
  long: 3,
  middle: 0.5,
  short: 0.3,
};

export const onCpu: Sizes = {
  ...onGpu,
  headline: { batch: 8, frames: 50, units: 64 },
  second: { batch: 32, frames: 50, units: 32 },
  grid: { units: [64, 32], batch: '8,32', frames: '50,100' },
};

export const tiny: Sizes = {
  headline: { batch: 2, frames: 8, units: 8 },
  second: { batch: 1, frames: 6, units: 4 },
  grid: { units: [8], batch: '1,2', frames: '6' },
  inference: ['--batch', '1,2'],
  scaling: ['--batch', '1,2', '--frames', '4,8', '--units', '4,8'],
  network: ['--frontend-units', '8', '--head-hidden', '4'],
  tuning: [5, 5],
  long: 0.1,
  middle: 0.05,
  short: 0.05,
};
