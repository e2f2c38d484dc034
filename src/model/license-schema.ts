import { z } from 'zod';

/** SPDX ids need no more than this, and YAML and Markdown give none of these characters a meaning. */
const SPDX = /^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$/;

/**
 * An SPDX id, as it stands in `config.json`.
 *
 * @internal Its type is zod's, whose declarations ask for the DOM.
 */
export const licenseSchema = z
  .string('an SPDX id such as "CC-BY-4.0"')
  .regex(SPDX, 'an SPDX id such as "CC-BY-4.0"');
