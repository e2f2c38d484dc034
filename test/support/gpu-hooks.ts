import { afterEach } from 'vitest';
import { checkTestGpu } from './gpu.js';

// The device stays open for the next file of the worker, and goes with it.
afterEach(checkTestGpu);
