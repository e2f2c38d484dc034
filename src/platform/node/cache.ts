import { isAbsolute, join } from 'node:path';
import { homeFolder, ownTemporaryFolder } from './home.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where there is no place for a cache: nothing can be written there, which is said once. */
const NOWHERE = '/nonexistent/alstm';

/**
 * Where this user's programs keep what can be made again: `$XDG_CACHE_HOME/alstm` or
 * `~/.cache/alstm`, `~/Library/Caches/alstm` on macOS, `%LOCALAPPDATA%\alstm\Cache` on Windows; for a user
 * without a home a folder among the temporary files. Never one that depends on the working folder.
 */
export function userCacheFolder(
  env: Environment = process.env,
  platform: string = process.platform,
): string {
  if (platform === 'win32' && env['LOCALAPPDATA']) {
    return join(env['LOCALAPPDATA'], 'alstm', 'Cache');
  }
  // The XDG specification: a relative path in this variable is invalid and to be ignored.
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  const isXdg = platform !== 'win32' && platform !== 'darwin';
  if (isXdg && isAbsolute(xdg)) return join(xdg, 'alstm');
  const home = homeFolder(env);
  if (home === undefined) return ownTemporaryFolder() ?? NOWHERE;
  if (platform === 'win32') return join(home, 'AppData', 'Local', 'alstm', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'alstm');
  return join(home, '.cache', 'alstm');
}
