/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { HistoryAnswer } from '../../engine/device-answers.ts';
import { instantText, timesInText } from './words.ts';

/** Who or what an entry is about, by its kind: a colour beside the words. */
const TONES: Readonly<Record<string, string>> = {
  operator: 'tone-person',
  decision: 'tone-way',
  declaration: 'tone-way',
  command: 'tone-way',
  progress: 'tone-current',
};

/** What happened to one device, page by page; what went over the wire is a click away while it is kept. */
export function Timeline({ history, isOlder }: { history: HistoryAnswer; isOlder: boolean }) {
  const { device, entries, before } = history;
  const page = `/devices/${encodeURIComponent(device)}`;
  return (
    <section class="panel" id="history">
      <h2>What happened</h2>
      {entries.length === 0 ? <p class="muted">{isOlder ? 'Nothing older is kept.' : 'Nothing yet.'}</p> : ''}
      <ol class="timeline">
        {entries.map(({ at, kind, text, exchange }) => (
          <li class={TONES[kind]}>
            <time>{instantText(at)}</time>
            {timesInText(text)}
            {exchange === undefined ? (
              ''
            ) : (
              <>
                {' '}
                <a href={`${page}/exchange/${exchange}`} aria-label={`What went over the wire: ${text}`}>
                  What went over the wire
                </a>
              </>
            )}
          </li>
        ))}
      </ol>
      {isOlder || before !== undefined ? (
        <nav class="pages" aria-label="Pages of what happened">
          {isOlder ? <a href={`${page}#history`}>Newest</a> : <span />}
          {before === undefined ? <span /> : <a href={`${page}?before=${before}#history`}>Older</a>}
        </nav>
      ) : (
        ''
      )}
    </section>
  );
}
