/** Colours, light or dark as the reader's system is; of the page, and of a figure on its own. */
export const palette = `
:root {
  color-scheme: light dark;
  --background: #fdfdfc; --text: #1b2026; --muted: #59636e; --line: #d4d9de; --panel: #f3f5f6;
  --accent: #005b96; --on-accent: #fff;
  --series-0: #4d5660; --series-1: #0072b2; --series-2: #d55e00; --series-3: #007a5a; --series-4: #b0508c;
  --series-5: #8a6d00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #14181c; --text: #e7eaed; --muted: #a3adb7; --line: #39424b; --panel: #1c2227;
    --accent: #2b7fbf; --on-accent: #fff;
    --series-0: #c3cad1; --series-1: #56b4e9; --series-2: #f0a030; --series-3: #2fc79a; --series-4: #e08fc0;
    --series-5: #e3d34f;
  }
}
`;

/** The report's style: one column on a phone. */
export const style = `${palette}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 68rem;
  background: var(--background); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
header p, .note, .none { color: var(--muted); margin: .25rem 0; }
.note { font-size: .85rem; }
code { overflow-wrap: anywhere; }
.columns { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
figure { margin: 0; min-width: 0; max-width: 34rem; }
figcaption, caption { font-weight: 600; text-align: left; margin-bottom: .4rem; }
caption { padding-bottom: .4rem; }
.plot { display: block; width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif; }
.plot text { white-space: pre; }
.legend { margin: 0 0 .25rem; font-size: .85rem; color: var(--muted); }
.legend span { margin-right: 1rem; white-space: nowrap; }
.legend svg { margin-right: .4rem; vertical-align: middle; }
.scroll { overflow-x: auto; }
.scroll + .scroll { margin-top: 1.5rem; }
table { border-collapse: collapse; margin-bottom: .5rem; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .35rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; white-space: normal; }
th:first-child { text-align: left; padding-left: 0; }
.bar { width: 10rem; min-width: 5rem; }
.bar span { display: block; height: .7rem; border-radius: 2px; background: var(--accent); }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--muted); font-size: .9rem; }
details .scroll { margin-top: .5rem; }
`;
