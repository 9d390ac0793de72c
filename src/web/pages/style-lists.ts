/** Charts, lists of devices with what they are asked for, and the line of pages that are kept up to date. */
export const LISTS_STYLE = `
/* Charts: SVG drawn on the server, coloured by the page. */
figure {
  margin: 0;
}
figcaption {
  color: var(--muted);
  font-size: 0.87rem;
  margin: 0.35rem 0 0;
}
svg.chart {
  display: block;
  width: 100%;
  height: auto;
}
svg.chart text {
  font: 12px system-ui, -apple-system, "Segoe UI", sans-serif;
}
svg.chart.slim {
  display: none;
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: 0.15rem 1rem;
  list-style: none;
  margin: 0.4rem 0;
  padding: 0;
  font-size: 0.9rem;
}
.swatch {
  display: inline-block;
  width: 0.85rem;
  height: 0.85rem;
  margin: 0 0.4rem -0.1rem 0;
  border-radius: 3px;
  background: var(--swatch);
}
.s0 {
  --swatch: var(--s0);
}
.s1 {
  --swatch: var(--s1);
}
.s2 {
  --swatch: var(--s2);
}
.s3 {
  --swatch: var(--s3);
}
.s4 {
  --swatch: var(--s4);
}
.s5 {
  --swatch: var(--s5);
}
.s6 {
  --swatch: var(--s6);
}
.s7 {
  --swatch: var(--s7);
}
.s8 {
  --swatch: var(--s8);
}

/* Lists of devices */
.filters input {
  width: 11rem;
}
.filters input[type="date"] {
  padding-block: 0.2rem;
}
details.more {
  flex-basis: 100%;
}
details.more .filters {
  margin: 0.6rem 0 0;
}
.exposed {
  color: var(--broken);
  font-weight: 600;
}

footer button {
  font-size: inherit;
  min-height: 2rem;
}

@media (min-width: 641px) {
  table.cards th,
  table.cards td {
    padding-inline: 0.5rem;
  }
}
@media (max-width: 640px) {
  svg.chart.wide {
    display: none;
  }
  svg.chart.slim {
    display: block;
  }
  .filters {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
  }
  .filters .field {
    grid-template-columns: minmax(0, 1fr);
  }
  .filters input,
  .filters select {
    width: 100%;
    min-width: 0;
  }
  .filters > :is(details, .actions) {
    grid-column: 1 / -1;
  }
}
`;
