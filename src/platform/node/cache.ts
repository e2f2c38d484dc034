import { isAbsolute, join } from 'node:path';
import { homeFolder, ownTemporaryFolder } from './home.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Used if there is no place for a cache: nothing can be written there, which is reported once. */
const NOWHERE = '/nonexistent/alstm';

/**
 * Folder for files that can be recreated: `$XDG_CACHE_HOME/alstm` or
 * `~/.cache/alstm`, `~/Library/Caches/alstm` on macOS, `%LOCALAPPDATA%\alstm\Cache` on Windows; for a user
 * without a home, one in the temporary folder. Never one that depends on the working folder.
 *
 * @example
 * const { digest } = await featuresOfFile(files, 'speech.wav', { cache: userCacheFolder() });
 */
export function userCacheFolder(
  env: Environment = process.env,
  platform: string = process.platform,
): string {
  if (platform === 'win32' && env['LOCALAPPDATA']) {
    return join(env['LOCALAPPDATA'], 'alstm', 'Cache');
  }
  // XDG specification: a relative path in this variable is invalid and must be ignored.
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  const isXdg = platform !== 'win32' && platform !== 'darwin';
  if (isXdg && isAbsolute(xdg)) return join(xdg, 'alstm');
  const home = homeFolder(env);
  if (home === undefined) return ownTemporaryFolder() ?? NOWHERE;
  if (platform === 'win32') return join(home, 'AppData', 'Local', 'alstm', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'alstm');
  return join(home, '.cache', 'alstm');
}
