import { expect, it } from 'vitest';
import { defaultFeatureSet } from '../../src/features/sets/registry.js';
import {
  enrol,
  enrolmentToJson,
  parseEnrolment,
  type Enrolment,
} from '../../src/inference/enrolment.js';
import { tinyModel } from '../model/tiny-model.js';

it('adding to an enrolment keeps which recordings are in it', () => {
  const model = { ...tinyModel(), normalisation: { scope: 'speaker' } } as const;
  const features = Float32Array.from({ length: 3 * defaultFeatureSet.dimensions }, (_, i) =>
    Math.sin(i),
  );
  const before: Enrolment = { ...enrol(model, 'ann', [features]), digests: ['of the first'] };
  const read = parseEnrolment(JSON.parse(JSON.stringify(enrolmentToJson(before))), 'ann.json');
  const added = enrol(model, 'ann', [features], read);
  expect(added.speaker.recordings).toBe(2);
  expect(added.digests).toEqual(['of the first']);
  expect(enrol(model, 'ann', [features])).not.toHaveProperty('digests');
});
