/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { number } from './words.ts';

export interface StackPart {
  /** "run it" */
  label: string;
  count: number;
  tone: 'tone-current' | 'tone-way' | 'tone-person' | 'tone-broken' | 'tone-wait' | 'tone-rest';
}

/** A bar of parts side by side, and what they are in words: the widths are attributes, as the policy of the pages demands. */
export function Stack({ parts }: { parts: readonly StackPart[] }) {
  const shown = parts.filter(({ count }) => count > 0);
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <span class="muted">no device yet</span>;
  let at = 0;
  return (
    <>
      <svg class="stack" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {shown.map(({ count, tone }) => {
          const [x, width] = [at, (100 * count) / total];
          at += width;
          return <rect class={tone} x={x.toFixed(2)} y="0" width={width.toFixed(2)} height="8" />;
        })}
      </svg>
      <ul class="legend">
        {shown.map(({ label, count, tone }) => (
          <li class={tone}>
            {number(count)} {label}
          </li>
        ))}
      </ul>
    </>
  );
}
