/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { raw } from 'hono/html';
import type { Chart } from '../charts/draw.ts';

/** A chart as a picture, in words, and as the table of its numbers. */
export function Figure({ chart }: { chart: Chart }) {
  const { title, alt, svg, head, rows } = chart;
  return (
    <section class="panel">
      <h2>{title}</h2>
      <figure role="img" aria-label={alt}>
        {raw(svg)}
      </figure>
      <p class="muted">{alt}</p>
      <details>
        <summary>As a table</summary>
        <div class="scroll">
          <table>
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
              {rows.map(([first, ...rest]) => (
                <tr>
                  <th scope="row" class="nowrap">
                    {first}
                  </th>
                  {rest.map((cell) => (
                    <td class="number">{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
