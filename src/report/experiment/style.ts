/** Style of the report on an experiment, in addition to that of every report. */
export const experimentStyle = `
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
.results { display: grid; gap: 1.5rem 2rem; }
.results > * { min-width: 0; }
@media (min-width: 66rem) { .results { grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); } }
.results + .note { margin-top: 1rem; max-width: 46rem; }
thead tr:first-child th:first-child { position: sticky; left: 0; z-index: 1; background: var(--background); }
.columns > .scroll { margin-top: 0; }
.columns + .note { margin-top: .75rem; }
article .columns { margin-top: 1.25rem; }
th[scope=row] {
  position: sticky; left: 0; z-index: 1; background: var(--background);
  white-space: normal; overflow-wrap: anywhere; min-width: 6.5rem; max-width: 12rem;
}
@media (max-width: 30rem) {
  th, td { padding-inline: .5rem; }
  th[scope=row] { max-width: 8rem; }
}
caption { max-width: calc(100vw - 2rem); }
small { color: var(--muted); font-size: .8rem; }
.tag { color: var(--muted); font-weight: 400; font-size: .8rem; }
.missing {
  margin: 1.25rem 0; padding: .6rem 1rem; background: var(--panel);
  border: 1px solid var(--line); border-left: .4rem solid var(--series-2); border-radius: .25rem;
}
.missing p { margin: 0; }
.missing details { margin-top: .25rem; }
.missing ul { columns: 14rem; margin: .5rem 0; padding-left: 1.2rem; font-size: .85rem; overflow-wrap: anywhere; }
.classes td, .classes th:not(:first-child) { padding-inline: .4rem; }
.classes thead th { font-size: .8rem; }
.classes .group { padding-left: 1.1rem; border-left: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .3rem 1.25rem; margin: 0 0 1.5rem; }
dt { color: var(--muted); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
pre {
  overflow-x: auto; max-height: 32rem; padding: .75rem 1rem; margin: .5rem 0; font-size: .8rem;
  background: var(--panel); border: 1px solid var(--line); border-radius: .25rem;
}
`;
