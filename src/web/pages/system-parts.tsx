/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { SystemAnswer } from '../../engine/system-answers.ts';
import { When } from './layout.tsx';
import { devices, number } from './words.ts';

/** What waits: commands, pushes, events. */
export function Queues({ system: { commands, pushes, inbox, at } }: { system: SystemAnswer }) {
  return (
    <section class="panel">
      <h2>Queues</h2>
      <dl class="facts">
        <dt>Commands to be sent</dt>
        <dd>{number(commands.pending)}</dd>
        <dt>Being sent</dt>
        <dd>{number(commands.leased)}</dd>
        <dt>Wait for the device’s answer</dt>
        <dd>{number(commands.enqueued)}</dd>
        <dt>To be pushed</dt>
        <dd>
          {devices(pushes.waiting)}
          {pushes.since === undefined || pushes.since > at ? (
            ''
          ) : (
            <>
              , the first since <When at={pushes.since} now={at} />
            </>
          )}
        </dd>
        <dt>Events to be folded</dt>
        <dd>{number(inbox.waiting)}</dd>
        <dt>Events put aside</dt>
        <dd>
          {inbox.putAside === 0 ? (
            'none'
          ) : (
            <>
              {number(inbox.putAside)} that could not be understood: <code>ratchet inbox</code>
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

/** What the process runs with. */
export function Settings({ system: { settings, policies, at } }: { system: SystemAnswer }) {
  return (
    <section class="panel">
      <h2>Settings in force</h2>
      <p class="muted">
        {policies === undefined ? (
          'No policies are in force.'
        ) : (
          <>
            The policies <code>{policies.hash.slice(0, 12)}</code> are in force since <When at={policies.at} now={at} />, by {policies.by}.
          </>
        )}{' '}
        {settings.length === 0 ? 'This process was not told its settings.' : 'Secrets only show that they are set.'}
      </p>
      {settings.length === 0 ? (
        ''
      ) : (
        <details>
          <summary>All {settings.length} settings</summary>
          <div class="scroll">
            <table class="cards">
              <caption>Every setting, its value, and where it comes from.</caption>
              <thead>
                <tr>
                  <th scope="col">Setting</th>
                  <th scope="col">Value</th>
                  <th scope="col">From</th>
                </tr>
              </thead>
              <tbody>
                {settings.map(({ flag, value, origin }) => (
                  <tr>
                    <th scope="row">
                      <code>{flag}</code>
                    </th>
                    <td data-label="value" class="text">
                      {value ?? <span class="muted">not set</span>}
                    </td>
                    <td data-label="from" class="text">
                      {origin}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </section>
  );
}
