import { DeviceLostError } from '../../core/errors.js';
import type { Engine } from '../../gpu/engine.js';
import { openBrowserEngine } from '../../platform/browser-engine.js';

let opened: Promise<Engine> | undefined;

/** The device, opened when it is first asked for and again after it was lost. Throws AdapterError. */
export function theEngine(): Promise<Engine> {
  opened ??= open();
  return opened;
}

async function open(): Promise<Engine> {
  try {
    const engine = await openBrowserEngine({ powerPreference: 'high-performance' });
    void engine.gpu.lost.then(() => (opened = undefined));
    return engine;
  } catch (error) {
    opened = undefined;
    throw error;
  }
}

/** Another device in place of one that was lost. Throws AdapterError. */
export function reopenEngine(): Promise<Engine> {
  opened = undefined;
  return theEngine();
}

/** Lets a device go that is of no use any more; the next question opens another. */
export function forgetLost(error: unknown): boolean {
  if (!(error instanceof DeviceLostError)) return false;
  opened = undefined;
  return true;
}
