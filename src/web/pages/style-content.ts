/** What stands in pages: reasons, tables, facts, timelines, forms; then everything on narrow screens. */
export const CONTENT_STYLE = `
/* Reasons: the main grouping. */
.reasons {
  list-style: none;
  margin: 0;
  padding: 0;
}
.reasons li {
  display: grid;
  grid-template-columns: 5rem 1fr;
  gap: 0 1rem;
  padding: 0.65rem 0;
  border-top: 1px solid var(--line);
}
.reasons li:first-child {
  border-top: 0;
  padding-top: 0;
}
.reasons .count {
  text-align: right;
  font-variant-numeric: tabular-nums;
  font-size: 1.15rem;
  font-weight: 650;
  color: var(--tone);
}
.reasons p {
  margin: 0.1rem 0 0;
}

.scroll {
  overflow-x: auto;
}
table {
  border-collapse: collapse;
  width: 100%;
  font-variant-numeric: tabular-nums;
}
th,
td {
  text-align: left;
  vertical-align: top;
  padding: 0.45rem 0.7rem;
  border-bottom: 1px solid var(--line);
}
thead th {
  color: var(--muted);
  font-weight: 550;
  font-size: 0.87rem;
  white-space: nowrap;
  border-bottom-color: var(--line-strong);
}
thead th a {
  color: inherit;
  text-decoration: none;
}
thead th a:hover {
  text-decoration: underline;
}
tbody th {
  font-weight: 550;
}
tbody th small {
  font-weight: 400;
}
tbody tr:hover {
  background: color-mix(in srgb, var(--way-soft) 35%, transparent);
}
td.number,
th.number {
  text-align: right;
}
.nowrap {
  white-space: nowrap;
}

/* Facts: a name and its value, side by side where there is room. */
dl.facts {
  display: grid;
  grid-template-columns: minmax(7rem, max-content) 1fr;
  gap: 0.3rem 1.25rem;
  margin: 0;
}
dl.facts dt {
  color: var(--muted);
}
dl.facts dd {
  margin: 0;
  overflow-wrap: anywhere;
}

ol.timeline {
  list-style: none;
  margin: 0;
  padding: 0 0 0 1rem;
  border-left: 2px solid var(--line);
}
ol.timeline li {
  position: relative;
  overflow-wrap: anywhere;
  padding: 0 0 0.75rem 0.75rem;
}
ol.timeline li::before {
  content: "";
  position: absolute;
  left: calc(-1rem - 6px);
  top: 0.45rem;
  width: 10px;
  height: 10px;
  border-radius: 50%;
  background: var(--tone, var(--line-strong));
}
ol.timeline time {
  display: block;
  color: var(--muted);
  font-size: 0.87rem;
}

/* Forms */
label {
  display: inline-block;
}
.field {
  display: grid;
  gap: 0.2rem;
}
.field > span,
.field > label {
  color: var(--muted);
  font-size: 0.87rem;
}
input,
select,
textarea,
button,
.button {
  font: inherit;
  color: var(--text);
  background: var(--panel);
  border: 1px solid var(--line-strong);
  border-radius: 7px;
  padding: 0.35rem 0.6rem;
  min-height: 2.25rem;
}
button,
.button {
  cursor: pointer;
  display: inline-flex;
  align-items: center;
  gap: 0.4rem;
  text-decoration: none;
  font-weight: 550;
}
button:hover,
.button:hover {
  border-color: var(--text);
}
button.primary {
  background: var(--link);
  border-color: var(--link);
  color: var(--panel);
}
button.danger {
  background: var(--panel);
  border-color: var(--broken);
  color: var(--broken);
}
button:disabled {
  opacity: 0.55;
  cursor: default;
}
.filters {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem 0.9rem;
  align-items: end;
  margin: 0 0 1rem;
}
.actions {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem;
  align-items: center;
}
pre.wire {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
details.fold {
  margin: 0.75rem 0 0;
}
details.fold p {
  margin: 0.5rem 0;
}
ul.orders {
  margin: 0 0 0.75rem;
  padding-left: 1.2rem;
}
form.act {
  display: inline-flex;
  flex-wrap: wrap;
  gap: 0.5rem 0.75rem;
  align-items: end;
}
details > summary {
  cursor: pointer;
  color: var(--link);
}
.pages {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem 1rem;
  align-items: center;
  justify-content: space-between;
  margin: 0.9rem 0 0;
}

/* Sign-in and the reference of the API. */
main.narrow {
  max-width: 27rem;
  padding-top: 12vh;
}
main.narrow label {
  display: block;
  font-weight: 600;
  margin: 1rem 0 0.25rem;
}
main.narrow input {
  width: 100%;
}
main.narrow button {
  margin-top: 1.25rem;
}
main.narrow .actions {
  margin-top: 1.25rem;
}
main.narrow .actions button {
  margin-top: 0;
}
.soft {
  color: var(--muted);
}
.card h3 code {
  overflow-wrap: anywhere;
}
.card {
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 0.9rem 1.1rem;
  margin: 0 0 1rem;
  background: var(--panel);
}
.badge {
  border: 1px solid var(--line-strong);
  border-radius: 999px;
  padding: 0.05rem 0.6rem;
  font-size: 0.8rem;
  color: var(--muted);
  white-space: nowrap;
}
.wrong {
  color: var(--broken);
  font-weight: 600;
}

footer {
  max-width: 1240px;
  margin: 0 auto;
  padding: 0 1.25rem 2rem;
  color: var(--muted);
  font-size: 0.87rem;
}

@media (max-width: 640px) {
  main {
    padding: 0.75rem 0.9rem 3rem;
  }
  .bar-in {
    padding: 0.5rem 0.9rem;
    gap: 0.4rem 0.75rem;
  }
  .bar nav {
    flex: 1;
    min-width: 0;
  }
  .bar nav ul {
    flex-wrap: wrap;
    gap: 0.15rem;
  }
  .bar nav li {
    display: flex;
  }
  .bar nav a {
    padding: 0.3rem 0.45rem;
  }
  .bar search {
    flex: 1 0 100%;
  }
  .bar input[type="search"] {
    width: 100%;
  }
  .panel {
    padding: 0.85rem 0.9rem;
  }
  .sums {
    grid-template-columns: 1fr 1fr;
  }
  .sums a {
    padding: 0.55rem 0.75rem;
  }
  .sums strong {
    font-size: 1.4rem;
  }
  .reasons li {
    grid-template-columns: 3.2rem 1fr;
    gap: 0 0.7rem;
  }
  dl.facts {
    grid-template-columns: 1fr;
    gap: 0;
  }
  dl.facts dd {
    margin: 0 0 0.6rem;
  }
  /* A row is a card: its cells say what they are, and the form above sorts. */
  table.cards thead {
    display: none;
  }
  table.cards,
  table.cards tbody,
  table.cards tr,
  table.cards th,
  table.cards td {
    display: block;
  }
  table.cards tr {
    padding: 0.6rem 0;
    border-bottom: 1px solid var(--line-strong);
  }
  table.cards th,
  table.cards td {
    border: 0;
    padding: 0.1rem 0;
    text-align: left;
  }
  table.cards td[data-label]::before {
    content: attr(data-label) " ";
    color: var(--muted);
    font-size: 0.87rem;
  }
  table.cards td:empty {
    display: none;
  }
}
@media (prefers-reduced-motion: reduce) {
  * {
    scroll-behavior: auto;
    transition: none;
  }
}
`;
