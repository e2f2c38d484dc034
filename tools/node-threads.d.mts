import type { Plugin } from 'vite';

/** Gives tests the module that worker threads run, bundled from src/. */
export function nodeThreads(): Plugin;
