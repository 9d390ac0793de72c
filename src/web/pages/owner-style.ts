/** Of the owners' pages, which stand by themselves: phones first, large letters, light and dark. Colours pass WCAG AA on their grounds. */
export const OWNERS_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f7;
  --panel: #ffffff;
  --text: #1b2027;
  --muted: #57606c;
  --line: #dde2e8;
  --done: #146c4b;
  --planned: #1f57b0;
  --act: #8a5100;
  --late: #b3261e;
  --calm: #57606c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318;
    --panel: #171c23;
    --text: #e7ebf0;
    --muted: #a0a9b4;
    --line: #2a313b;
    --done: #52c795;
    --planned: #7fb0ff;
    --act: #f0b75a;
    --late: #ff8a80;
    --calm: #a0a9b4;
  }
}
.tone-done {
  --tone: var(--done);
}
.tone-planned {
  --tone: var(--planned);
}
.tone-act {
  --tone: var(--act);
}
.tone-late {
  --tone: var(--late);
}
.tone-calm {
  --tone: var(--calm);
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
  font: 1.125rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main {
  max-width: 38rem;
  margin: 0 auto;
  padding: 1.25rem 1.25rem 3rem;
}
.kicker {
  margin: 0 0 0.75rem;
  color: var(--muted);
  font-size: 0.95rem;
}
h1 {
  margin: 0;
  padding: 0 0 0 0.85rem;
  border-left: 6px solid var(--tone);
  font-size: 1.75rem;
  line-height: 1.2;
  font-weight: 700;
  text-wrap: balance;
}
.about {
  margin: 0.9rem 0 0;
}
section {
  margin: 1.1rem 0 0;
  padding: 1rem 1.15rem;
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 14px;
}
h2 {
  margin: 0 0 0.35rem;
  font-size: 1.05rem;
  font-weight: 650;
  color: var(--tone);
}
section p {
  margin: 0;
}
.date strong,
.date span {
  display: block;
}
.date strong {
  font-size: 1.4rem;
  line-height: 1.3;
}
.date span {
  font-size: 1.2rem;
}
.date em {
  display: inline-block;
  margin: 0.5rem 0 0;
  padding: 0.1rem 0.75rem;
  border: 1.5px solid var(--tone);
  border-radius: 999px;
  font-style: normal;
  font-weight: 600;
  color: var(--tone);
}
ul {
  margin: 0;
  padding: 0 0 0 1.3rem;
}
li {
  padding: 0.2rem 0 0.2rem 0.2rem;
}
li::marker {
  font-weight: 650;
  color: var(--tone);
}
footer {
  margin: 1.5rem 0 0;
  color: var(--muted);
  font-size: 0.95rem;
}
@media (min-width: 40rem) {
  main {
    padding-top: 3rem;
  }
  h1 {
    font-size: 2.1rem;
  }
}
`;
