import type { Plugin } from 'vite';

export function publishedRecorder(options?: { copy?: boolean }): Plugin;
export function linkedRecorder(): Plugin;
