import { defineConfig, mergeConfig } from 'vitest/config';
import usual from './vitest.config.js';

/** `npm run test:long`: many more made inputs for each file format. */
export default mergeConfig(
  usual,
  defineConfig({
    test: {
      include: ['test/fuzz/**/*.test.ts'],
      env: { ALSTM_FUZZ_RUNS: process.env['ALSTM_FUZZ_RUNS'] ?? '10000' },
    },
  }),
);
