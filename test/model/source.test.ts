import { beforeAll, describe, expect, it } from 'vitest';
import { type AlstmError, ConfigError, FileError, FormatError } from '../../src/core/errors.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { MemoryFiles } from '../support/memory-files.js';
import { type Entries, tarGzOf, tarOf, zipOf } from './archives.js';
import { modelEntries, type ModelEntries } from './model-entries.js';
import { tinyModel } from './tiny-model.js';

const trained = tinyModel();
const text = (content: string) => new TextEncoder().encode(content);

let weights: Uint8Array;
let entries: ModelEntries['entries'];

beforeAll(async () => {
  ({ weights, entries } = await modelEntries(trained));
});

function read(name: string, archive: Uint8Array): ReturnType<typeof readModel> {
  return readModel(new MemoryFiles({ [name]: archive }), name);
}

async function refusal(name: string, archive: Uint8Array): Promise<AlstmError> {
  const error: unknown = await read(name, archive).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  expect((error as AlstmError).message).not.toContain('\n');
  return error as AlstmError;
}

describe('a model in an archive', () => {
  it.each([
    ['m.zip', () => zipOf(entries())],
    ['stored.ZIP', () => zipOf(entries('m/'), { stored: true })],
    ['m.tar', () => tarOf(entries('./'))],
    ['m.tar.gz', () => tarGzOf(entries('some/where/'))],
    ['m.tgz', () => tarGzOf(entries())],
  ])('is read from %s', async (name, archive) => {
    expect(await read(name, archive())).toEqual(trained);
  });

  it('is the best one of a run folder', async () => {
    const run: Entries = [['run/config.json', text('{}')], ...entries('run/model/')];
    expect(await read('run.zip', zipOf(run))).toEqual(trained);
  });

  it('is no archive where a folder only is called so', async () => {
    const files = new MemoryFiles();
    await writeModel(files, 'odd.zip', trained);
    expect(await readModel(files, 'odd.zip')).toEqual(trained);
  });

  it('that is not there or not one model is reported', async () => {
    await expect(readModel(new MemoryFiles(), 'm.zip')).rejects.toThrow(FileError);
    const none = await refusal('m.zip', zipOf(entries().slice(0, 2)));
    expect(none).toBeInstanceOf(ConfigError);
    expect(none.message).toBe('m.zip: it contains no model');
    const two = await refusal('m.tar', tarOf([...entries('a/'), ...entries('b/')]));
    expect(two.message).toBe('m.tar: it contains several models, in a and in b');
    const twice = await refusal('m.zip', zipOf([...entries('a/'), ...entries('a/./')]));
    expect(twice.message).toContain('a/README.md is in it twice');
  });

  it.each(['../x', 'm/../../x', '/etc/x', 'C:\\x', '..\\x'])('is refused with %s', async (name) => {
    for (const pack of [zipOf, tarOf] as const) {
      const end = pack === zipOf ? 'm.zip' : 'm.tar';
      const error = await refusal(end, pack([...entries(), [name, text('x')]]));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.message).toContain(`${JSON.stringify(name)} points outside it`);
    }
  });

  it('names its file within the archive in errors of content', async () => {
    const broken: Entries = [
      ...entries().slice(0, 1),
      ['config.json', text('{')],
      ...entries().slice(2),
    ];
    expect((await refusal('m.zip', zipOf(broken))).message).toContain(
      'm.zip: config.json: not valid',
    );
  });

  it('may be no larger than its configuration justifies', async () => {
    const zeros = new Uint8Array(2 ** 23);
    const bomb: Entries = [...entries().slice(0, 2), ['model.safetensors', zeros]];
    for (const [name, archive] of [
      ['m.zip', zipOf(bomb)],
      ['m.tar.gz', tarGzOf(bomb)],
    ] as const) {
      expect(archive.length).toBeLessThan(2 ** 15);
      const { message } = await refusal(name, archive);
      expect(message).toMatch(
        /model\.safetensors is 8388608 bytes, but a model's has at most 10\d{5}$/,
      );
    }
    const large: Entries = [['config.json', new Uint8Array(2 ** 24 + 1)], ...entries().slice(2)];
    const { message } = await refusal('m.zip', zipOf(large));
    expect(message).toContain('config.json is 16777217 bytes');
  });

  it('that unpacks to more than it says, or to something else, is refused', async () => {
    const bomb: Entries = [
      ...entries().slice(0, 2),
      ['model.safetensors', new Uint8Array(2 ** 23)],
    ];
    const lies = await refusal('m.zip', zipOf(bomb, { size: weights.length }));
    expect(lies.message).toBe('m.zip: model.safetensors: it is damaged');
    const more = tarGzOf(bomb);
    new DataView(more.buffer).setUint32(more.length - 4, 2 ** 31, true);
    const wrong = 'm.tar.gz: it cannot be unpacked: incorrect length check';
    expect((await refusal('m.tar.gz', more)).message).toBe(wrong);
    new DataView(more.buffer).setUint32(more.length - 4, 4096, true);
    expect((await refusal('m.tar.gz', more)).message).toBe(wrong);
  });

  it('that is damaged anywhere is refused, or read as it was', async () => {
    for (const [name, archive] of [
      ['m.zip', zipOf(entries())],
      ['m.tar.gz', tarGzOf(entries())],
    ] as const) {
      for (let at = 3; at < archive.length; at += 41) {
        const changed = archive.with(at, (archive[at] ?? 0) ^ 0x10);
        const found = await read(name, changed).catch((error: unknown) => error);
        if (found instanceof Error) expect(['FormatError', 'ConfigError']).toContain(found.name);
        else expect(found).toEqual(trained);
        const cut = await read(name, archive.slice(0, at)).catch((error: unknown) => error);
        expect(cut).toBeInstanceOf(FormatError);
      }
    }
  });

  it('of a kind that is not read is reported', async () => {
    expect((await refusal('m.zip', zipOf(entries(), { flags: 1 }))).message).toContain('encrypted');
    const { message } = await refusal('m.zip', zipOf(entries(), { method: 93 }));
    expect(message).toContain('its compression method (93) is not supported');
    expect((await refusal('m.zip', tarOf(entries()))).message).toContain('not a zip archive');
  });
});
