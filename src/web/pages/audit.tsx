/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { AuditAnswer } from '../../engine/system-answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { Layout, pageText, When } from './layout.tsx';

export interface AuditPageGiven {
  audit: AuditAnswer;
  /** No page is before it. */
  isFirst: boolean;
  now: number;
  viewer: Viewer;
}

type Entry = AuditAnswer['entries'][number];

/** Who did what, when and why: all of it, page by page. */
export function auditPage({ audit, isFirst, now, viewer }: AuditPageGiven): string {
  return pageText(
    <Layout title="Audit log · Ratchet" current="/system" viewer={viewer}>
      <p class="muted">
        <a href="/system">System</a>
      </p>
      <h1>Audit log</h1>
      <section class="panel">
        <AuditTable entries={audit.entries} now={now} />
        <nav class="pages" aria-label="Pages of the audit log">
          {isFirst ? <span /> : <a href="/system/audit">The newest</a>}
          {audit.next === undefined ? (
            <span class="muted">The last page</span>
          ) : (
            <a href={`/system/audit?cursor=${encodeURIComponent(audit.next)}`}>Older ones</a>
          )}
        </nav>
      </section>
    </Layout>,
  );
}

export function AuditTable({ entries, now }: { entries: readonly Entry[]; now: number }) {
  if (entries.length === 0) return <p class="muted">Nobody did anything yet. Every act of a person stands here, with who and why.</p>;
  return (
    <div class="scroll">
      <table class="cards">
        <caption>Acts of people and what Ratchet did by itself, the newest first.</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Why</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <Row entry={entry} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ entry: { at, by, act, note, detail }, now }: { entry: Entry; now: number }) {
  const about = ['policy', 'release', 'ring', 'device', 'source', 'name'].flatMap((key) =>
    typeof detail[key] === 'string' ? [String(detail[key])] : [],
  );
  return (
    <tr>
      <th scope="row" class="text">
        {act} {about.length === 0 ? '' : <small class="muted">{about.join(' · ')}</small>}
      </th>
      <td data-label="when" class="nowrap">
        <When at={at} now={now} />
      </td>
      <td data-label="who" class="text">
        {by}
      </td>
      <td data-label="why" class="text">
        {note ?? ''}
      </td>
      <td>
        {Object.keys(detail).length === 0 ? (
          ''
        ) : (
          <details>
            <summary>
              Details<span class="visually-hidden"> of {act}</span>
            </summary>
            <pre>{JSON.stringify(detail, null, 2)}</pre>
          </details>
        )}
      </td>
    </tr>
  );
}
