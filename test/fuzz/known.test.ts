import { describe, expect, it } from 'vitest';
import { decodeAudio } from '../../src/audio/decode.js';
import { parseCsv, parseTsv } from '../../src/core/csv.js';
import { AlstmError, FormatError } from '../../src/core/errors.js';
import { parseJson } from '../../src/core/json.js';
import { readSafetensors, writeSafetensors } from '../../src/core/safetensors.js';
import { checkSchema, dictionaryOf, object, text } from '../../src/core/schema.js';
import { tableOf } from '../../src/core/table.js';
import { readIemocap } from '../../src/corpora/iemocap.js';
import { readNemo } from '../../src/corpora/nemo.js';
import { parseProtocol } from '../../src/experiments/protocol.js';
import { readModel, writeModel } from '../../src/model/folder.js';
import { parseRunSettings } from '../../src/runs/settings.js';
import { wavBytes } from '../audio/wav-bytes.js';
import { recording } from '../corpora/stand-ins.js';
import { tinyModel } from '../model/tiny-model.js';
import { MemoryFiles } from '../support/memory-files.js';
import { largestAllocation } from './allocations.js';

/** What once crashed, hung or went unseen: each input by itself, large where size was the trouble. */

const encoder = new TextEncoder();
/** Quadratic work on these inputs takes minutes. */
const quick = { timeout: 20_000 };

function safetensorsOf(header: string, dataBytes = 0): Uint8Array {
  const json = encoder.encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('JSON', () => {
  it('refuses nesting that would overflow the stack of what prints it', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(() => parseJson(deep, 'f.json')).toThrow(FormatError);
    const header = `{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,0]}}`;
    expect(() => readSafetensors(safetensorsOf(header))).toThrow('nested more than 100 deep');
  });

  it('reads a string of millions of escapes', () => {
    const value = { a: '\n'.repeat(4_000_000) };
    expect(parseJson(JSON.stringify(value), 'f.json')).toEqual(value);
  });

  it('finds a repeated key behind escapes and brackets in strings', () => {
    expect(() => parseJson('{"a":"}{\\"","b":["\\\\"],"a":1}', 'f')).toThrow(
      'key "a" appears twice',
    );
    expect(parseJson('[{"a":1},{"a":{"a":2}}]', 'f')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });

  it('keeps what a terminal obeys out of messages', () => {
    const schema = object({ a: dictionaryOf(text()) });
    const evil = 'x\n\u001b[2J\u009b2J\u2028';
    for (const value of [{ a: { [evil]: 1 } }, { [evil]: 1 }, { a: 'x'.repeat(1e6) }]) {
      let message = '';
      try {
        checkSchema(schema, value, 'f');
      } catch (error) {
        message = error instanceof AlstmError ? error.message : 'another error';
      }
      expect(message).toMatch(/^f: [^\p{Cc}]{1,200}$/u);
    }
  });
});

describe('tables', () => {
  it('reads a field of millions of doubled quotes', () => {
    const [record] = parseCsv(`"${'""'.repeat(4_000_000)}",b`, 'f.csv');
    expect(record?.fields.map(({ length }) => length)).toEqual([4_000_000, 1]);
  });

  it('takes no longer than its length for a header of many columns', quick, () => {
    const header = Array.from({ length: 200_000 }, (_, i) => i).join('\t');
    expect(tableOf(parseTsv(header), 'f', { required: [] }).columns).toHaveLength(200_000);
    let message = '';
    try {
      tableOf(parseTsv(header), 'f', { required: [], optional: [] });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('and 199992 more');
    expect(message.length).toBeLessThan(200);
  });
});

describe('corpora', () => {
  it('IEMOCAP: passes over a line with a name of a megabyte', quick, async () => {
    const line = `[1.0 - 2.0]\tSes01F_impro${'_F'.repeat(500_000)}!\tneu\t[2.5, 2.5, 2.5]`;
    const files = new MemoryFiles({ 'ie/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt': line });
    await expect(readIemocap(files, 'ie')).rejects.toThrow('no utterance is listed');
  });

  it('IEMOCAP: skips hundreds of thousands of lines', quick, async () => {
    const lines = '[x\n'.repeat(150_000);
    const files = new MemoryFiles({ 'ie/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt': lines });
    await expect(readIemocap(files, 'ie')).rejects.toThrow('no utterance is listed');
  });

  it.each(['.', '..', '..\\..\\secret.wav', '../secret.wav', 'a\0.wav'])(
    'nEMO: the file %j leads out of samples/',
    async (name) => {
      const files = new MemoryFiles({
        'n/data.tsv': `file_id\temotion\tspeaker_id\tgender\n${name}\tanger\ta\tf\n`,
        'n/samples/a.wav': recording(),
        'n/secret.wav': recording(),
      });
      await expect(readNemo(files, 'n')).rejects.toThrow('is not a file name');
    },
  );
});

it('a protocol of many seeds takes no longer than its length', quick, () => {
  const protocol = {
    format: 'alstm-protocol-1',
    name: 'a',
    corpus: { format: 'emodb' },
    split: { kind: 'leave-one-speaker-out' },
    cells: [{ name: 'a' }],
    seeds: Array.from({ length: 100_000 }, (_, i) => i),
  };
  expect(parseProtocol(protocol, 'f').seeds).toHaveLength(100_000);
});

describe('a model folder', () => {
  const change = async (edit: (config: string) => string, extra?: string): Promise<MemoryFiles> => {
    const files = new MemoryFiles();
    const model = tinyModel();
    await writeModel(files, 'm', model);
    const config = new TextDecoder().decode(await files.read('m/config.json'));
    await files.write('m/config.json', edit(config));
    if (extra === undefined) return files;
    const own = Object.fromEntries([
      ...Object.entries(model.parameters),
      [extra, { shape: [1], data: Float32Array.of(1) }],
    ]);
    await files.write('m/model.safetensors', writeSafetensors(own));
    return files;
  };

  it('with a tensor __proto__ is refused as with any other that the model has not', async () => {
    const files = await change((config) => config, '__proto__');
    await expect(readModel(files, 'm')).rejects.toThrow('has no parameter "__proto__"');
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'needs labels for the task %s',
    async (task) => {
      const files = await change((config) =>
        config
          .replace(
            '"task": "gender",\n        "classes": 2',
            `"task": "${task}",\n        "classes": 1`,
          )
          .replace(/,\s*"gender": \[[^\]]*\]/, ''),
      );
      await expect(readModel(files, 'm')).rejects.toThrow(`labels.${task} is missing`);
    },
  );
});

it.each([
  ['a list of at most 1024 integers', Array.from({ length: 200_000 }, (_, i) => i + 1)],
  ['an integer up to 2147483647', [2 ** 53 - 1]],
])('a model that combines %s and more is refused', (message, offsets) => {
  expect(() => parseRunSettings({ model: { recurrent: { offsets } } }, 'f')).toThrow(message);
});

describe('sizes that a file only claims', () => {
  it.each([
    [
      'a WAV of 4 GB',
      wavBytes([1, 2, 3], { rate: 8000, channels: 1, bits: 16, declared: 0xffff_ffff }),
    ],
    [
      'a WAV of 2 GB',
      wavBytes([1, 2, 3], { rate: 8000, channels: 1, bits: 16, declared: 0x7fff_0000 }),
    ],
    ['a WAV of 65535 channels', wavBytes([1], { rate: 8000, channels: 65_535, bits: 8 })],
    [
      'a safetensors file of 2^53 bytes',
      safetensorsOf(
        `{"a":{"dtype":"U8","shape":[${2 ** 27},${2 ** 26}],"data_offsets":[0,${2 ** 53 - 1}]}}`,
      ),
    ],
    [
      'a safetensors file that ends at 2^31',
      safetensorsOf('{"a":{"dtype":"U8","shape":[2147483647],"data_offsets":[0,2147483647]}}'),
    ],
    ['a safetensors header of 2^63 bytes', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b, 0x7d)],
  ])('%s: nothing is made for them', async (what, bytes) => {
    const largest = await largestAllocation(async () => {
      try {
        if (what.includes('WAV')) await decodeAudio(bytes, 'a.wav');
        else readSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(AlstmError);
      }
    });
    expect(largest).toBeLessThan(2 ** 20);
  });
});
