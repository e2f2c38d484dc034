import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlstmError } from '../../src/core/errors.js';
import { openArchive } from '../../src/model/archive.js';
import { modelEntries } from '../model/model-entries.js';
import { tinyModel } from '../model/tiny-model.js';
import { keepResults } from '../support/results.js';
import { hostileArchives } from './hostile-archives.js';

const { config, weights } = await modelEntries(tinyModel());
const archives = hostileArchives(config, weights);

/** What comes out of an archive: digests of both files, or one line. */
type Outcome = { readonly config: string; readonly weights: string } | { readonly error: string };

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const model: Outcome = { config: digest(config), weights: digest(weights) };

async function outcomeOf(name: string, bytes: Uint8Array): Promise<Outcome> {
  try {
    const source = await openArchive(bytes, name);
    const own = await source.config();
    return { config: digest(own), weights: digest(await source.weights(weights.length + 2 ** 20)) };
  } catch (error) {
    if (!(error instanceof AlstmError)) throw error;
    return { error: error.message };
  }
}

/** The same by Python: the files of one folder, or what it says. Undefined where there is no Python. */
function ofPython(folder: string): Record<string, Outcome> | undefined {
  const script = `
import hashlib, json, os, sys, tarfile, zipfile
def both(names, read):
    places = [n[:-len('model.safetensors')] for n in names if n.split('/')[-1] == 'model.safetensors']
    place = [p for p in places if p + 'config.json' in names][-1]
    digest = lambda n: hashlib.sha256(read(place + n)).hexdigest()
    return {'config': digest('config.json'), 'weights': digest('model.safetensors')}
def one(path):
    if path.endswith('.zip'):
        with zipfile.ZipFile(path) as z:
            return both(z.namelist(), z.read)
    with tarfile.open(path, 'r:*') as t:
        return both(t.getnames(), lambda n: t.extractfile(n).read())
found = {}
for name in os.listdir(sys.argv[1]):
    try: found[name] = one(os.path.join(sys.argv[1], name))
    except Exception as e: found[name] = {'error': repr(e)[:200]}
print(json.dumps(found))`;
  const { status, stdout } = spawnSync('python3', ['-c', script, folder], { encoding: 'utf8' });
  return status === 0 ? (JSON.parse(stdout) as Record<string, Outcome>) : undefined;
}

const nameOf = (i: number): string => `${i}.${archives[i]?.ending}`;

describe('an archive that a stranger made', () => {
  it.each(archives.map((archive, i) => [archive.what, i] as const))('%s', async (_, i) => {
    const { bytes, want } = archives[i]!;
    const found = await outcomeOf(nameOf(i), bytes);
    if (want === 'model') return expect(found).toEqual(model);
    expect(found).toHaveProperty('error', expect.stringMatching(want) as string);
    expect((found as { error: string }).error).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });
});

describe('beside Python, where there is one', () => {
  let folder: string;
  let peers: Record<string, Outcome> | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alstm-archives-'));
    await Promise.all(archives.map(({ bytes }, i) => writeFile(join(folder, nameOf(i)), bytes)));
    peers = ofPython(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('what comes out is the same, or is refused in one line', ({ skip }) => {
    if (peers === undefined) return skip('no python3');
    const told = archives.map(({ what, want, pythonRefuses = false }, i) => {
      const theirs = peers?.[nameOf(i)] ?? { error: 'not read' };
      const same = 'config' in theirs && isDeepStrictEqual(theirs, model);
      const python = 'error' in theirs ? 'refuses' : same ? 'reads' : 'reads otherwise';
      return { what, alstm: want === 'model' ? 'reads' : 'refuses', python, pythonRefuses };
    });
    for (const { what, alstm, python, pythonRefuses } of told) {
      if (alstm === 'reads') expect(python, what).toBe(pythonRefuses ? 'refuses' : 'reads');
    }
    const counts = (key: 'alstm' | 'python') =>
      Object.fromEntries(
        ['reads', 'reads otherwise', 'refuses'].map((did) => [
          did,
          told.filter((one) => one[key] === did).length,
        ]),
      );
    keepResults('archives', {
      archives: told.length,
      alstm: counts('alstm'),
      python: counts('python'),
      differing: told.filter(({ alstm, python }) => alstm !== python),
    });
  });
});
