/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { raw } from 'hono/html';
import type { Chart } from '../charts/draw.ts';

/** A chart as a picture, in words, and as the table of its numbers. */
export function Figure({ chart }: { chart: Chart }) {
  return (
    <section class="panel">
      <h2>{chart.title}</h2>
      <Picture chart={chart} />
    </section>
  );
}

/** The same within a panel that has a heading already. */
export function Picture({ chart: { title, alt, svg, legend = [], head, rows } }: { chart: Chart }) {
  return (
    <>
      <figure role="img" aria-label={alt}>
        {raw(svg.wide)}
        {raw(svg.slim)}
      </figure>
      {legend.length < 2 ? (
        ''
      ) : (
        <ul class="legend" aria-hidden="true">
          {legend.map((name, index) => (
            <li>
              <span class={`swatch s${index}`} />
              {name}
            </li>
          ))}
        </ul>
      )}
      <p class="muted">{alt}</p>
      <details>
        <summary>As a table</summary>
        <section class="scroll" tabindex={0} aria-label={`${title}, as a table`}>
          <table>
            <caption class="visually-hidden">{title}</caption>
            <thead>
              <tr>
                {head.map((cell, index) => (
                  <th scope="col" class={index === 0 ? '' : 'number'}>
                    {cell}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ cells: [first, ...rest], href }) => (
                <tr>
                  <th scope="row" class="nowrap">
                    {href === undefined ? first : <a href={href}>{first}</a>}
                  </th>
                  {rest.map((cell) => (
                    <td class="number">{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </>
  );
}
