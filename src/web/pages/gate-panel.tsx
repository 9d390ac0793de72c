/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { GateAnswer, GateContactAnswer } from '../../engine/gate-answers.ts';
import { When } from './layout.tsx';
import { number } from './words.ts';

const ROWS_MAX = 15;

/** Who came to the enrollment gate lately. Nothing where nobody did: most sites have no gate. */
export function GatePanel({ gate: { counts, contacts }, now }: { gate: GateAnswer; now: number }) {
  if (contacts.length === 0) return null;
  const away = counts.find(({ outcome }) => outcome === 'sent-away')?.contacts ?? 0;
  const all = counts.reduce((sum, each) => sum + each.contacts, 0);
  return (
    <section class="panel">
      <h2>Enrollment gate</h2>
      <p class="muted">
        In the last 30 days {number(all)} {all === 1 ? 'request' : 'requests'} for an enrollment profile, {number(away)} sent away to update
        first. All of them: <code>ratchet gate</code>.
      </p>
      <div class="scroll">
        <table class="cards">
          <caption>The newest first. Of a request that no device of Apple signed, nothing it said is kept.</caption>
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">When</th>
              <th scope="col">Runs</th>
              <th scope="col">Outcome</th>
              <th scope="col">Policy</th>
            </tr>
          </thead>
          <tbody>
            {contacts.slice(0, ROWS_MAX).map((contact) => (
              <Row contact={contact} now={now} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ contact, now }: { contact: GateContactAnswer; now: number }) {
  const { at, serial, udid, productName, osVersion, outcome, requires, sentence, problem, policy, answered } = contact;
  const tone = outcome === 'sent-away' ? 'tone-way' : outcome === 'refused' || outcome === 'trouble' ? 'tone-broken' : 'tone-rest';
  return (
    <tr>
      <th scope="row" class="text">
        {serial ?? udid ?? 'nobody in particular'}
        {productName === undefined ? '' : <small class="muted"> {productName}</small>}
      </th>
      <td data-label="when" class="nowrap">
        <When at={at} now={now} />
      </td>
      <td data-label="runs">{osVersion ?? '–'}</td>
      <td data-label="outcome" class="text">
        <span class={`chip ${tone}`}>{requires === undefined ? outcome : `${outcome}: ${requires}`}</span>{' '}
        <span class="muted">
          {sentence} {problem === undefined ? '' : `(${problem}) `}
          {answered === undefined || answered < 400 ? '' : `The enrollment server answered ${answered}.`}
        </span>
      </td>
      <td data-label="policy">{policy ?? '–'}</td>
    </tr>
  );
}
