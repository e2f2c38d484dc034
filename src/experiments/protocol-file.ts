import { ConfigError } from '../core/errors.js';
import type { Files } from '../core/files.js';
import { joinPath } from '../core/paths.js';
import { readJson } from '../core/json-file.js';
import { parseProtocol, protocolHash, type Protocol } from './protocol.js';

const FILE = 'protocol.json';

/** The protocol that an experiment's folder was started with; undefined if it is new. */
export async function readProtocol(files: Files, out: string): Promise<Protocol | undefined> {
  const path = joinPath(out, FILE);
  if (!(await files.exists(path))) return undefined;
  return parseProtocol(await readJson(files, path), path);
}

/**
 * Writes the protocol into the experiment's folder, or checks the one that is there: only what its report shows
 * may change.
 *
 * @throws ConfigError if the folder was started with another
 */
export async function keepProtocol(files: Files, out: string, protocol: Protocol): Promise<void> {
  const before = await readProtocol(files, out);
  if (before !== undefined && (await protocolHash(before)) !== (await protocolHash(protocol))) {
    throw new ConfigError(
      `${out} was started with another protocol`,
      `Use its own (${joinPath(out, FILE)}), or give another --out.`,
    );
  }
  const same = JSON.stringify(before?.report) === JSON.stringify(protocol.report);
  if (before !== undefined && same) return; // another layout of the same
  await files.write(joinPath(out, FILE), `${JSON.stringify(protocol, undefined, 2)}\n`);
}
