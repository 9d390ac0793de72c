/** Colours, the frame of pages, panels and numbers. */
export const FRAME_STYLE = `
/* Colours pass WCAG AA on their grounds, light and dark. Groups of reasons have one colour each, everywhere. */
:root {
  color-scheme: light dark;
  --ground: #f6f7f9;
  --panel: #ffffff;
  --text: #1b2027;
  --muted: #57606c;
  --line: #dde2e8;
  --line-strong: #b9c1cb;
  --link: #0b5cad;
  --focus: #0b5cad;
  --accent: #1d3a5f;
  --accent-text: #ffffff;
  --current: #187553;
  --current-soft: #dff3ea;
  --way: #2463c4;
  --way-soft: #e2ecfb;
  --person: #9a5b00;
  --person-soft: #fdf0d5;
  --broken: #b3261e;
  --broken-soft: #fbe4e2;
  --rest: #5f6975;
  --rest-soft: #eaedf1;
  --s0: #1a7f5a;
  --s1: #2463c4;
  --s2: #d08a1d;
  --s3: #8a4fbf;
  --s4: #c2483f;
  --s5: #2a9db5;
  --s6: #7d8b2a;
  --s7: #b4568f;
  --s8: #8a949f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318;
    --panel: #171c23;
    --text: #e7ebf0;
    --muted: #a0a9b4;
    --line: #2a313b;
    --line-strong: #465160;
    --link: #7db4f5;
    --focus: #7db4f5;
    --accent: #0b0f14;
    --accent-text: #e7ebf0;
    --current: #52c795;
    --current-soft: #12352a;
    --way: #7fb0ff;
    --way-soft: #172c4d;
    --person: #f0b75a;
    --person-soft: #3a2a0c;
    --broken: #ff8a80;
    --broken-soft: #431915;
    --rest: #98a2ae;
    --rest-soft: #252c35;
    --s0: #52c795;
    --s1: #6aa0ff;
    --s2: #e5ad4b;
    --s3: #b98be8;
    --s4: #ff8a80;
    --s5: #58c4da;
    --s6: #b3c250;
    --s7: #e08fc0;
    --s8: #98a2ae;
  }
}

*,
*::before,
*::after {
  box-sizing: border-box;
}
html {
  -webkit-text-size-adjust: 100%;
}
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
a {
  color: var(--link);
}
a:hover {
  text-decoration-thickness: 2px;
}
:focus-visible {
  outline: 3px solid var(--focus);
  outline-offset: 2px;
  border-radius: 3px;
}
.visually-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.skip {
  position: absolute;
  left: 1rem;
  top: -4rem;
  background: var(--panel);
  padding: 0.5rem 1rem;
  z-index: 2;
}
.skip:focus {
  top: 0.5rem;
}

/* The bar: where one is, what state everything is in, and the way to one device. */
.bar {
  background: var(--accent);
  color: var(--accent-text);
  border-bottom: 1px solid var(--line);
}
.bar-in {
  max-width: 1240px;
  margin: 0 auto;
  padding: 0.6rem 1.25rem;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.5rem 1.5rem;
}
.brand {
  color: inherit;
  font-weight: 650;
  letter-spacing: 0.01em;
  text-decoration: none;
}
.bar nav ul {
  display: flex;
  gap: 0.25rem;
  list-style: none;
  margin: 0;
  padding: 0;
}
.bar nav a {
  color: inherit;
  text-decoration: none;
  padding: 0.35rem 0.65rem;
  border-radius: 6px;
  opacity: 0.85;
}
.bar nav a:hover {
  background: rgb(255 255 255 / 0.12);
  opacity: 1;
}
.bar nav a[aria-current] {
  background: rgb(255 255 255 / 0.18);
  opacity: 1;
}
.bar search {
  margin: 0 0 0 auto;
}
.bar input[type="search"] {
  width: 15rem;
  max-width: 100%;
  color: inherit;
  background: rgb(255 255 255 / 0.12);
  border: 1px solid rgb(255 255 255 / 0.3);
}
.bar input[type="search"]::placeholder {
  color: inherit;
  opacity: 0.8;
}
.bar :focus-visible {
  outline-color: var(--accent-text);
}

main {
  max-width: 1240px;
  margin: 0 auto;
  padding: 1.25rem 1.25rem 4rem;
}
h1 {
  font-size: 1.55rem;
  line-height: 1.25;
  font-weight: 650;
  margin: 0.5rem 0 0.25rem;
  overflow-wrap: anywhere;
}
h1 + .panel,
h1 + .notice {
  margin-top: 0.9rem;
}
h2 {
  font-size: 1.08rem;
  font-weight: 650;
  margin: 0 0 0.75rem;
}
h3 {
  font-size: 1rem;
  font-weight: 600;
  margin: 0;
}
h3.apart {
  margin: 1rem 0 0.25rem;
}
.lead {
  color: var(--muted);
  margin: 0 0 1.25rem;
  max-width: 68ch;
}
.muted {
  color: var(--muted);
}
small {
  font-size: 0.85rem;
}
code,
.mono {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: 0.92em;
}
pre {
  background: var(--rest-soft);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 0.75rem 1rem;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.panel {
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 1rem 1.15rem;
  margin: 0 0 1.25rem;
  min-width: 0;
}
.columns {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr));
  gap: 0 1.25rem;
  align-items: start;
}

/* Numbers that answer "how are we". */
.sums {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr));
  gap: 0.75rem;
  margin: 0 0 1.25rem;
  padding: 0;
  list-style: none;
}
.sums a {
  display: block;
  height: 100%;
  color: inherit;
  text-decoration: none;
  background: var(--panel);
  border: 1px solid var(--line);
  border-left: 5px solid var(--tone);
  border-radius: 10px;
  padding: 0.7rem 1rem;
}
.sums a:hover {
  border-color: var(--tone);
}
.sums strong {
  display: block;
  font-size: 1.75rem;
  line-height: 1.2;
  font-weight: 650;
  font-variant-numeric: tabular-nums;
  color: var(--tone);
}
.tone-current {
  --tone: var(--current);
  --tone-soft: var(--current-soft);
}
.tone-way {
  --tone: var(--way);
  --tone-soft: var(--way-soft);
}
.tone-person {
  --tone: var(--person);
  --tone-soft: var(--person-soft);
}
.tone-broken {
  --tone: var(--broken);
  --tone-soft: var(--broken-soft);
}
.tone-rest {
  --tone: var(--rest);
  --tone-soft: var(--rest-soft);
}
.chip {
  display: inline-block;
  padding: 0.05rem 0.5rem;
  border-radius: 999px;
  background: var(--tone-soft, var(--rest-soft));
  color: var(--tone, var(--rest));
  font-size: 0.87rem;
  font-weight: 550;
  white-space: nowrap;
}

/* What a person has to know before anything else. */
.notice {
  border: 1px solid var(--tone, var(--person));
  background: var(--tone-soft, var(--person-soft));
  border-radius: 10px;
  padding: 0.7rem 1rem;
  margin: 0 0 1.25rem;
}
.notice p {
  margin: 0.15rem 0;
}
.notice ul {
  margin: 0.25rem 0;
  padding-left: 1.2rem;
}
`;
