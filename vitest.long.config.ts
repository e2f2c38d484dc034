import { defineConfig } from 'vitest/config';
import { common } from './vitest.config.js';

/** How often and how long, unless the environment says it. */
const counts = {
  ALSTM_FUZZ_RUNS: '10000', // made inputs of each file format
  ALSTM_FAULT_KILLS: '30', // by the clock, and as many while files are changed
  ALSTM_FAULT_NAMES: '1', // each hostile name alone
  ALSTM_FAULT_DROPS: '100', // of recordings on the page, in a row
  ALSTM_FAULT_MEGABYTES: '200', // of one of them
  ALSTM_FAULT_WRITER_KILLS: '30', // of each command that writes
  ALSTM_FAULT_FULL_DISKS: '6', // sizes of the space that is left, for each command
  ALSTM_FAULT_STOPPED_SECONDS: '30', // of training, by SIGSTOP
  ALSTM_FAULT_STEPS: '20000', // of training
  ALSTM_FAULT_PREDICTIONS: '5000',
  ALSTM_FAULT_RECORDINGS: '400',
  ALSTM_LOAD_RECORDINGS: '20000',
  ALSTM_LOAD_ROWS: '200000',
  ALSTM_LOAD_SPEAKERS: '3000',
  ALSTM_LOAD_CLASSES: '400',
  ALSTM_LOAD_EPOCHS: '500',
  ALSTM_LOAD_HOURS: '10', // of one recording
  ALSTM_FAULT_BOMB_MB: '1000', // of zeros, in files of strangers
  ALSTM_SOUND_EVERY: '1', // of the generated files all
  ALSTM_SOUND_DAMAGES: '36', // damaged files of each, of some formats more
};

/** `npm run test:long`: many more made inputs, and real faults much more often; other tests are left out. */
export default defineConfig({
  ...common,
  test: {
    ...common.test,
    include: ['test/fuzz/**/*.test.ts', 'test/faults/**/*.test.ts'],
    env: Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [name, process.env[name] ?? count]),
    ),
  },
});
