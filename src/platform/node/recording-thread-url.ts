/** The module that a worker thread runs. Tests, which run what is in src/, have another one (tools/node-threads.mjs). */
export const recordingThreadUrl = new URL('./recording-thread.js', import.meta.url);
