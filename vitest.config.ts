import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/order.js';
import { browserShaders } from './tools/browser-shaders.mjs';
import { linkedRecorder } from './tools/browser-recorder.mjs';
import { linkedVoices } from './tools/browser-voices.mjs';
import { nodeThreads } from './tools/node-threads.mjs';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Rooms whose files leave a process as they found it: they share workers, their device and what is compiled on it. */
const sharing = [
  'audio',
  'bench',
  'cli',
  'core',
  'corpora',
  'data',
  'demo',
  'experiments',
  'export',
  'extraction',
  'features',
  'graph',
  'inference',
  'kernels',
  'metrics',
  'model',
  'network',
  'plan',
  'report',
  'runs',
  'scoring',
  'session',
  'training',
  'tuning',
].map((room) => `test/${room}/**/*.test.ts`);
/** But these have a process each. */
const alone = [
  'test/session/*-memory.test.ts', // count its memory
  'test/cli/device-faults.test.ts', // replaces a module
  'test/audio/load-codec.test.ts', // has to be the first to load decoders
];

/** Without the projects, which say where a file runs. */
export const common = defineConfig({
  // Examples import the package by its name, as its users do: here that is the source.
  resolve: {
    alias: [
      { find: /^alstm$/, replacement: source('./src/index.ts') },
      { find: /^alstm\/browser$/, replacement: source('./src/browser.ts') },
    ],
  },
  plugins: [browserShaders(), linkedVoices(), linkedRecorder(), nodeThreads()],
  test: {
    pool: 'forks',
    // vitest would leave one core free: of two, half of all
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: ['test/support/gpu-hooks.ts'],
  },
});

export default defineConfig({
  ...common,
  test: {
    ...common.test,
    projects: [
      { extends: true, test: { name: 'shared', include: sharing, exclude: alone, isolate: false } },
      { extends: true, test: { name: 'own', include: ['test/**/*.test.ts'], exclude: sharing } },
      { extends: true, test: { name: 'alone', include: alone } },
    ],
  },
});
