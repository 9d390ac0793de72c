/** Of every page; served from our own origin, as the policy of the pages demands. */
export const STYLE_PATH = '/assets/ratchet.css';

export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6876; --paper: #ffffff; --panel: #f4f6f8; --line: #d9dfe5; --mark: #0b5cad; --bad: #a3232b; --on-mark: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf0; --soft: #a3b0bd; --paper: #14191f; --panel: #1d242c; --line: #34404c; --mark: #74b3f2; --bad: #ff9a9f; --on-mark: #0d1520; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; } h3 { font-size: 1rem; margin: 0; }
a { color: var(--mark); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 0 0 1rem; background: var(--panel); }
.badge { border: 1px solid var(--line); border-radius: 999px; padding: .05rem .6rem; font-size: .8rem; color: var(--soft); white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0 0; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
summary { cursor: pointer; }
.narrow { max-width: 26rem; padding-top: 12vh; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; }
button { margin-top: 1.25rem; padding: .6rem 1.2rem; font: inherit; font-weight: 600; color: var(--on-mark); background: var(--mark); border: 0; border-radius: 6px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.wrong { color: var(--bad); font-weight: 600; }
`;
