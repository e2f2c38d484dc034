declare global {
  /** In the page: the library, as its script tag has loaded it. */
  var alstm: typeof import('../../src/browser.js');
}

/** A page that loads the library from /alstm/ as a plain script, into the global `alstm`. */
export const libraryPage = `<!doctype html>
<meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module">
  import * as alstm from '/alstm/alstm.js';
  globalThis.alstm = alstm;
</script>
`;
