import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this user's programs keep what can be made again: `$XDG_CACHE_HOME/alstm` or
 * `~/.cache/alstm`, `~/Library/Caches/alstm` on macOS, `%LOCALAPPDATA%\alstm\Cache` on Windows.
 */
export function userCacheFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = env['HOME'] || homedir();
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'alstm', 'Cache');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'alstm');
  // The XDG specification: a relative path in this variable is invalid and to be ignored.
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg?.startsWith('/') ? xdg : join(home, '.cache'), 'alstm');
}
