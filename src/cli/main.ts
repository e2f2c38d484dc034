#!/usr/bin/env node
import { isTooManyFiles, TOO_MANY_FILES } from './too-many-files.js';

// Loaded from here, where it can be said that its files cannot be opened.
try {
  await import('./start.js');
} catch (error) {
  if (!isTooManyFiles(error)) throw error;
  process.stderr.write(`${TOO_MANY_FILES.join('\n')}\n`);
  process.exitCode = 1;
}
