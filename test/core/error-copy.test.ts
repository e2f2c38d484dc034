import { describe, expect, it } from 'vitest';
import * as errors from '../../src/core/errors.js';
import { copyOfError, errorOfCopy } from '../../src/core/error-copy.js';

/** As through a message to another thread. */
const sent = (error: unknown): Error => errorOfCopy(structuredClone(copyOfError(error)));

describe('an error that was sent to another thread', () => {
  const classes = Object.entries(errors).filter(
    ([name, value]) => typeof value === 'function' && name.endsWith('Error'),
  ) as [string, typeof errors.AlstmError][];

  it.each(classes)('is a %s again, with its hint', (_, Kind) => {
    const before = new Kind('a.wav: damaged', 'Copy it again.');
    const after = sent(before);
    expect(Object.getPrototypeOf(after)).toBe(Kind.prototype);
    expect(after).toMatchObject({ name: before.name, message: 'a.wav: damaged' });
    expect(after).toMatchObject({ hint: 'Copy it again.', exitCode: before.exitCode });
    expect(after.stack).toBe(before.stack);
  });

  it('keeps its causes, with the codes of the system', () => {
    const cause = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
    const after = sent(new errors.FileError('cannot read a.wav', '', { cause }));
    expect(after.cause).toBeInstanceOf(Error);
    expect(after.cause).toMatchObject({ message: 'ENOENT: no such file', code: 'ENOENT' });
  });

  it('is of the nearest class that is known', () => {
    class Own extends errors.AudioError {}
    expect(Object.getPrototypeOf(sent(new Own('x')))).toBe(errors.AudioError.prototype);
    expect(sent(new RangeError('too far'))).toBeInstanceOf(RangeError);
    expect(sent('no error at all')).toEqual(new Error('no error at all'));
  });
});
