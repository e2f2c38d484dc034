import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../../src/core/version.js';

/** A number that the environment sets: `npm run test:long` makes all of them larger. */
export function countFrom(name: string, usual: number): number {
  return Number(process.env[name] ?? usual);
}

/** The seed of all that is random in tests of faults; a failure can be had again by it. */
export const faultSeed = countFrom('ALSTM_FAULT_SEED', 20180415);

/**
 * Keeps what a test of faults did and saw, as NAME.json in the folder that ALSTM_FAULT_RESULTS names.
 *
 * @param adapter its name and driver, where one was used
 */
export function keepResults(
  name: string,
  found: Readonly<Record<string, unknown>>,
  adapter?: { readonly name: string; readonly driver: string },
): void {
  const folder = process.env['ALSTM_FAULT_RESULTS'];
  if (!folder) return;
  const told = {
    test: name,
    ...surroundings(),
    platform: `${process.platform}-${process.arch}`,
    ...(adapter && { adapter: adapter.name, driver: adapter.driver }),
    ...found,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), textOf(told));
}

/** Adds a line to NAME.jsonl in that folder. */
export function addResult(name: string, found: Readonly<Record<string, unknown>>): void {
  const folder = process.env['ALSTM_FAULT_RESULTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const line = JSON.stringify({ ...found, ...surroundings() });
  appendFileSync(join(folder, `${name}.jsonl`), `${line}\n`);
}

function surroundings() {
  return { date: new Date().toISOString(), version: VERSION, node: process.version };
}

/** JSON with a line for each field, and for each entry of a list. */
function textOf(told: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(told).map(([key, value]) => {
    const entries = Array.isArray(value) ? value.map((entry) => JSON.stringify(entry)) : undefined;
    return `${JSON.stringify(key)}: ${entries ? `[\n${entries.join(',\n')}\n]` : JSON.stringify(value)}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}
