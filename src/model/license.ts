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

/** Whether a licence forbids commercial use: those of Creative Commons say so by NC. */
export function isNonCommercial(license: string | undefined): boolean {
  return license !== undefined && /(^|-)NC(-|$)/i.test(license);
}

/** A licence as people write it: `CC BY-NC-SA 4.0` for `CC-BY-NC-SA-4.0`; others stay ids. */
export function licenseText(license: string): string {
  return license.replace(/^CC-(.+)-(\d+\.\d+)$/i, 'CC $1 $2');
}
