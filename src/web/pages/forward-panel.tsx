/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { SystemAnswer } from '../../engine/system-answers.ts';
import { When } from './layout.tsx';
import { number } from './words.ts';

type Target = SystemAnswer['forward'][number];

/** Other consumers of the server's webhooks, what waits for each, and whether it takes them. */
export function ForwardPanel({ system: { forward, at } }: { system: SystemAnswer }) {
  if (forward.length === 0) return null;
  return (
    <section class="panel">
      <h2>Webhooks sent on</h2>
      <div class="scroll">
        <table class="cards">
          <caption>Other consumers that get each webhook as it came. Counted since the start.</caption>
          <thead>
            <tr>
              <th scope="col">Target</th>
              <th scope="col">State</th>
              <th scope="col">Waiting</th>
              <th scope="col">Taken</th>
              <th scope="col">Lost or refused</th>
            </tr>
          </thead>
          <tbody>
            {forward.map((target) => (
              <tr>
                <th scope="row" class="text">
                  {target.name} <small class="muted">{target.host}</small>
                </th>
                <td data-label="state" class="text">
                  <State target={target} now={at} />
                </td>
                <td data-label="waiting">
                  {number(target.waiting)}
                  {target.oldestAt === undefined ? (
                    ''
                  ) : (
                    <small class="muted">
                      {' '}
                      {size(target.waitingBytes)}, the oldest came <When at={target.oldestAt} now={at} />
                    </small>
                  )}
                </td>
                <td data-label="taken">{number(target.counts.taken)}</td>
                <td data-label="lost or refused">{losses(target)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function State({ target: { okAt, failedAt, problem }, now }: { target: Target; now: number }) {
  const isFailing = failedAt !== undefined && (okAt === undefined || failedAt > okAt);
  const [word, tone] = isFailing ? ['failing', 'tone-broken'] : okAt === undefined ? ['not used yet', 'tone-rest'] : ['ok', 'tone-current'];
  return (
    <>
      <span class={`chip ${tone}`}>{word}</span>{' '}
      <small class="muted">
        {okAt === undefined ? (
          ''
        ) : (
          <>
            Last success <When at={okAt} now={now} />.{' '}
          </>
        )}
        {failedAt === undefined ? (
          ''
        ) : (
          <>
            Last failure <When at={failedAt} now={now} />: {problem}
          </>
        )}
      </small>
    </>
  );
}

function losses({ counts: { refused, full, expired } }: Target): string {
  const told = [
    [refused, 'refused by it'],
    [full, 'dropped, too many waited'],
    [expired, 'dropped, waited too long'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${number(Number(count))} ${what}`]));
  return told.length === 0 ? 'none' : told.join('; ');
}

function size(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MB` : `${Math.ceil(bytes / 1024)} kB`;
}
