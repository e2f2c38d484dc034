import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The user's home folder: HOME if it is an absolute path, else the one of the user's account.
 * Undefined if there is neither, as for a user without an account in a container.
 */
export function homeFolder(env: Environment = process.env): string | undefined {
  const told = env['HOME'];
  if (told !== undefined && isAbsolute(told)) return told;
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : undefined;
  } catch {
    return undefined; // this user has no account
  }
}

/**
 * A folder of this user's own in the temporary folder. Others can write there, and code is run
 * from it, so it is used only if it belongs to this user alone.
 */
export function ownTemporaryFolder(): string | undefined {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `alstm-${uid ?? 'user'}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    const own = uid === undefined || (stats?.uid === uid && (stats.mode & 0o022) === 0);
    if (!stats?.isDirectory() || !own) return undefined;
  }
  return folder;
}
