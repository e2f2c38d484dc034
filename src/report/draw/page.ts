import { html, Html } from './html.js';
import { style } from './style.js';

/**
 * A page that needs no other file, runs no script, and follows the reader's light or dark setting.
 *
 * @param lead shown under the title
 * @param more style in addition to that of every report
 * @returns the file's text
 */
export function page(title: string, lead: Html, main: Html, more = ''): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${new Html(style + more)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${lead}
        </header>
        <main>${main}</main>
      </body>
    </html> `.text;
}
