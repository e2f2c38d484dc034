/**
 * Loaded into a process before its program (`node --import`): ends it as kill -9 does, right before one of
 * the calls by which it changes files below a folder, or with half of that call's bytes written. By itself,
 * without imports of the project: it is compiled alone.
 *
 * ALSTM_KILL_IN: the folder. ALSTM_KILL_AT: which call, from 1. ALSTM_KILL_COUNT: a file that gets the
 * number of calls made, at the end of a process that was not killed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

type Call = (...args: never[]) => Promise<unknown>;
type Bytes = Uint8Array | string;

const folder = resolve(process.env['ALSTM_KILL_IN'] ?? '.');
const last = Number(process.env['ALSTM_KILL_AT'] ?? 0);
const countFile = process.env['ALSTM_KILL_COUNT'];
let calls = 0;

const isInside = (path: string): boolean => `${resolve(path)}${sep}`.startsWith(folder + sep);
const half = (bytes: Bytes): Bytes => bytes.slice(0, Math.floor(bytes.length / 2));

/** Resolves where the process is to live on; `part` does a part of what the call would do. */
async function pass(part?: () => Promise<unknown>): Promise<void> {
  if (++calls !== last) return;
  await part?.();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => setInterval(() => undefined, 1000)); // till the signal is there
}

/** The same call of some files, with `pass` before it where `watched` says so of its arguments. */
function before<C extends Call>(call: C, watched: (...args: Parameters<C>) => boolean): C {
  const wrapped = async (...args: Parameters<C>): Promise<unknown> => {
    if (watched(...args)) await pass();
    return call(...args);
  };
  return wrapped as unknown as C;
}

function watchHandle(handle: FileHandle): FileHandle {
  const write = handle.writeFile.bind(handle);
  const always = (): boolean => true;
  return Object.assign(handle, {
    writeFile: async (bytes: Bytes) => {
      await pass(() => write(half(bytes)));
      await write(bytes);
    },
    sync: before(handle.sync.bind(handle), always),
    truncate: before(handle.truncate.bind(handle), always),
  });
}

const { mkdir, rename, rm, link, open, writeFile } = fs;
const ofString = (path: unknown): boolean => typeof path === 'string' && isInside(path);
Object.assign(fs, {
  mkdir: before(mkdir as Call, ofString),
  rename: before(rename as Call, ofString),
  rm: before(rm as Call, ofString),
  link: before(link as Call, (_, to) => ofString(to)),
  open: async (path: string, flags: string, mode?: number) => {
    if (!ofString(path)) return open(path, flags, mode);
    if (flags !== 'r') await pass();
    return watchHandle(await open(path, flags, mode));
  },
  writeFile: async (path: string, bytes: Bytes, options: { flag: string }) => {
    if (ofString(path)) await pass(() => writeFile(path, half(bytes), options));
    await writeFile(path, bytes, options);
  },
});
syncBuiltinESMExports();

if (countFile !== undefined) {
  process.on('exit', () => {
    // threads count by themselves
    const before = existsSync(countFile) ? Number(readFileSync(countFile, 'utf8')) : 0;
    if (calls >= before) writeFileSync(countFile, String(calls));
  });
}
