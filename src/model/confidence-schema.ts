/** Apart from the types of `confidence.ts`: the package's types must not need those of zod. */
import { dictionaryOf, integer, listOf, object, real } from '../core/schema.js';

const share = () => real({ from: 0, to: 1 });

/** `confidence` as it stands in `config.json`. */
export const confidenceSchema = dictionaryOf(
  object({
    threshold: real({ over: 0, under: 1 }),
    measured: listOf(object({ recordings: integer(0), coverage: share(), accuracy: share() })),
  }),
);
