/** Whether a licence forbids commercial use: those of Creative Commons say so by NC. */
export function isNonCommercial(license: string | undefined): boolean {
  return license !== undefined && /(^|-)NC(-|$)/i.test(license);
}

/** A licence as people write it: `CC BY-NC-SA 4.0` for `CC-BY-NC-SA-4.0`; others stay ids. */
export function licenseText(license: string): string {
  return license.replace(/^CC-(.+)-(\d+\.\d+)$/i, 'CC $1 $2');
}
