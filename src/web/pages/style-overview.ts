/** What only rollouts, releases and the system have. */
export const OVERVIEW_STYLE = `
/* A bar of parts, and what each colour means. */
svg.stack {
  display: block;
  width: 100%;
  min-width: 9rem;
  height: 0.55rem;
  border-radius: 4px;
  margin: 0.3rem 0 0.2rem;
}
svg.stack rect {
  fill: var(--tone);
}
ul.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 0 0.8rem;
  list-style: none;
  margin: 0;
  padding: 0;
  font-size: 0.87rem;
}
ul.legend li::before {
  content: "";
  display: inline-block;
  width: 0.6rem;
  height: 0.6rem;
  border-radius: 3px;
  margin-right: 0.35rem;
  background: var(--tone);
}

.tone-wait {
  --tone: var(--line-strong);
}

/* Name and state in one line. */
.titled {
  display: flex;
  flex-wrap: wrap;
  gap: 0.3rem 0.7rem;
  align-items: center;
  margin: 0 0 0.35rem;
}
.titled h2,
.titled h3 {
  margin: 0;
  overflow-wrap: anywhere;
}
.next {
  margin: 0 0 0.75rem;
  max-width: 75ch;
}
/* Forms of acts, one under the other. */
details.acts {
  margin: 0.75rem 0 1rem;
}
details.acts form {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem 0.9rem;
  align-items: end;
  padding: 0.75rem 0;
  border-top: 1px solid var(--line);
}
details.acts form:first-of-type {
  border-top: 0;
}
details.acts input[name="note"] {
  width: 20rem;
  max-width: 100%;
}
fieldset {
  border: 1px solid var(--line);
  border-radius: 7px;
  padding: 0.2rem 0.7rem 0.35rem;
  display: flex;
  flex-wrap: wrap;
  gap: 0 0.9rem;
  margin: 0;
}
legend {
  color: var(--muted);
  font-size: 0.87rem;
}
fieldset input {
  min-height: 0;
}
details > table,
details > .scroll {
  margin-top: 0.75rem;
}
.text {
  overflow-wrap: anywhere;
}
caption {
  text-align: left;
  color: var(--muted);
  font-size: 0.87rem;
  padding: 0 0 0.4rem;
}
ul.plain {
  list-style: none;
  margin: 0;
  padding: 0;
}
ul.plain li {
  padding: 0.3rem 0;
  border-top: 1px solid var(--line);
}
ul.plain li:first-child {
  border-top: 0;
  padding-top: 0;
}

@media (min-width: 641px) {
  table.rings {
    table-layout: fixed;
  }
  table.rings th:first-child {
    width: 9rem;
    overflow-wrap: anywhere;
  }
  table.rings th:last-child {
    width: 40%;
  }
}
@media (max-width: 640px) {
  details.acts form > * {
    width: 100%;
  }
  details.acts form > button {
    width: auto;
  }
  table.cards caption {
    display: block;
  }
  svg.stack {
    max-width: 22rem;
  }
  table.cards td.number {
    text-align: left;
  }
}
`;
