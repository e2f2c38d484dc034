/**
 * Builds the web page as static files.
 *
 * @param outDir made anew
 */
export function buildWeb(outDir: string): Promise<void>;
