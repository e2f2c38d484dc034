import type { Engine } from '../../gpu/engine.js';
import { openBrowserEngine } from '../../platform/browser/engine.js';

let opened: Promise<Engine> | undefined;

/** The device, opened when it is first asked for and again after it was lost. Throws AdapterError. */
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

/** Another device in place of one that was lost, the same for all that lost it. Throws AdapterError. */
export async function reopenEngine(): Promise<Engine> {
  const before = theEngine();
  const engine = await before;
  try {
    engine.gpu.check();
    return engine; // somebody else has opened it
  } catch {
    if (opened === before) opened = undefined;
    return theEngine();
  }
}
