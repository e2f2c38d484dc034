import { InvalidArgumentError } from 'commander';
import { describe, expect, it, test } from 'vitest';
import { classWeights } from '../../src/cli/options/class-weights.js';
import { ClosableFiles } from '../../src/core/closable-files.js';
import { Interruption } from '../../src/cli/environment.js';
import { errorLines, stacksOf } from '../../src/cli/text.js';
import { bytes, integerFrom, numberFrom, positive } from '../../src/cli/options/values.js';
import { names, pairs } from '../../src/cli/options/lists.js';
import { FormatError } from '../../src/core/errors.js';
import { balancedWeights, resolveWeights } from '../../src/training/class-weights.js';
import { MemoryFiles } from '../support/memory-files.js';

describe('values of options', () => {
  it.each([
    ['1', 1],
    ['512MiB', 512 * 2 ** 20],
    ['1.5 GB', 1.5e9],
    ['64kib', 65536],
  ])('%s are bytes', (text, value) => {
    expect(bytes(text)).toBe(value);
  });

  it.each(['', '0', '-1', 'MiB', '5 apples', '1e3', '0.5', '9999999999GiB'])(
    '%j are none',
    (text) => {
      expect(() => bytes(text)).toThrow(InvalidArgumentError);
    },
  );

  test('numbers are what they say, in their range', () => {
    expect(integerFrom(1)('12')).toBe(12);
    for (const text of ['0', '1.5', '1e3', ' 3', '', '99999999999999999999']) {
      expect(() => integerFrom(1)(text)).toThrow('Give an integer of at least 1.');
    }
    expect(numberFrom(0, 1)('0.25')).toBe(0.25);
    for (const text of ['1.01', '-0.1', 'NaN', 'Infinity', ' ']) {
      expect(() => numberFrom(0, 1)(text)).toThrow('Give a number from 0 to 1.');
    }
    expect(positive('1e-3')).toBe(1e-3);
    for (const text of ['0', '-1', 'much', '']) expect(() => positive(text)).toThrow('above 0');
  });

  test('lists are trimmed, and none of their parts is empty', () => {
    expect(names('KS0, EB0')).toEqual(['KS0', 'EB0']);
    for (const text of ['', 'a,', ',']) expect(() => names(text)).toThrow(InvalidArgumentError);
  });

  test('a name with a comma stands in quotes', () => {
    expect(names('"Smith, Ann", KS0,"say ""b"""')).toEqual(['Smith, Ann', 'KS0', 'say "b"']);
    expect(names('O"Neil,x"')).toEqual(['O"Neil', 'x"']);
    expect(names('a="b,c"')).toEqual(['a="b', 'c"']);
    for (const text of ['"a', '"a"b', '""', 'a,"b,c']) {
      expect(() => names(text)).toThrow(InvalidArgumentError);
    }
    const merged = pairs('exc=hap, "a,b" = "c=d","="=x', 'How.');
    expect([...merged]).toEqual([
      ['exc', 'hap'],
      ['a,b', 'c=d'],
      ['=', 'x'],
    ]);
    for (const text of ['a', 'a=', '=b', 'a=b=c', 'a=b,a=c', 'a="b']) {
      expect(() => pairs(text, 'How.')).toThrow('How.');
    }
  });

  test('class weights may be named', () => {
    const weights = classWeights('anger=2,"a, b"=0.5');
    expect(weights).toEqual({ anger: 2, 'a, b': 0.5 });
    expect(resolveWeights(weights, [], ['a, b', 'anger', 'joy'])).toEqual([0.5, 2, 1]);
    expect(() => resolveWeights(weights, [], ['anger'])).toThrow(
      'a class weight was given for "a, b", but no training utterance has that label',
    );
    expect(resolveWeights([1, 2], [], ['a', 'b'])).toEqual([1, 2]);
    expect(() => resolveWeights([1], [], ['a', 'b'])).toThrow(
      '1 class weight was given for 2 labels',
    );
    for (const text of ['anger=-1', 'anger=x', 'anger=1,2', 'a=1,a=2']) {
      expect(() => classWeights(text)).toThrow(InvalidArgumentError);
    }
  });

  test('class weights are numbers, or made so that every class counts alike', () => {
    expect(classWeights('balanced')).toBe('balanced');
    expect(classWeights('1,2.5')).toEqual([1, 2.5]);
    expect(() => classWeights('1,-2')).toThrow(InvalidArgumentError);
    expect(balancedWeights([0, 0, 0, 1, -1, -1], ['a', 'b'])).toEqual([4 / 6, 2]);
    expect(() => balancedWeights([0, 0], ['a', 'b'])).toThrow(
      'no training utterance is labelled b',
    );
  });
});

describe('closable files', () => {
  test('finish what is being written, and begin nothing new', async () => {
    const memory = new MemoryFiles();
    const files = new ClosableFiles(memory);
    const before = files.write('a', '1');
    await files.close();
    await before;
    let begun = false;
    void files.write('b', '2').then(() => (begun = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(memory.paths()).toEqual(['a']);
    expect(begun).toBe(false);
    expect(await files.exists('a')).toBe(true);
  });

  test('close also after a write that failed, whose failure stays its caller’s', async () => {
    const memory = new MemoryFiles();
    memory.failOn((op) => (op === 'write' ? new Error('full') : undefined));
    const files = new ClosableFiles(memory);
    const write = files.write('a', '1');
    await files.close();
    await expect(write).rejects.toThrow('full');
  });
});

test('the first interruption is a command’s own where it asked for it, the second never', () => {
  expect(new Interruption().interrupt()).toBe(false);
  const asked = new Interruption();
  const signal = asked.takeSignal();
  expect(signal.aborted).toBe(false);
  expect(asked.interrupt()).toBe(true);
  expect(signal.aborted).toBe(true);
  expect(asked.interrupt()).toBe(false);
});

describe('an error', () => {
  test('is one line and a hint, however it was written', () => {
    const error = new FormatError('a.csv:\n  two lines', 'Do\nthis.');
    expect(errorLines(error)).toEqual(['alstm: a.csv: two lines', '  Do this.']);
    expect(errorLines(new FormatError('bare'))).toEqual(['alstm: bare']);
  });

  test('that nobody expected says so, and where to look', () => {
    expect(errorLines(new TypeError('x is not a function')).join('\n')).toMatch(
      /^alstm: unexpected: x is not a function\n {2}This is a bug in alstm/,
    );
  });

  test('has the stacks of its causes', () => {
    const error = new FormatError('outer', '', { cause: new Error('inner', { cause: 'root' }) });
    expect(stacksOf(error)).toMatch(/outer[^]*caused by Error: inner[^]*caused by root$/);
  });
});
