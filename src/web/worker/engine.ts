import type { Engine } from '../../gpu/engine.js';
import { openBrowserEngine } from '../../platform/browser/engine.js';

let opened: Promise<Engine> | undefined;

/** The device, opened on first use and again after it was lost. Throws AdapterError. */
export function theEngine(): Promise<Engine> {
  if (opened) return opened;
  const opening = openBrowserEngine({ powerPreference: 'high-performance' });
  opened = opening;
  const forget = () => {
    if (opened === opening) opened = undefined;
  };
  opening.then(({ gpu }) => gpu.lost.then(forget), forget);
  return opening;
}

/** A new device to replace a lost one, the same for every caller that lost it. Throws AdapterError. */
export async function reopenEngine(): Promise<Engine> {
  const before = theEngine();
  const engine = await before;
  try {
    engine.gpu.check();
    return engine; // another caller has opened it
  } catch {
    if (opened === before) opened = undefined;
    return theEngine();
  }
}
