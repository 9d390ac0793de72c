/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { PlanDifference } from '../../engine/answers.ts';
import type { HeldNow } from '../../engine/schedule/severity-guard.ts';
import type { Viewer } from '../viewer.types.ts';
import { ActForm, typedInto } from './act-form.tsx';
import { Layout, pageText, When } from './layout.tsx';
import { devices, number } from './words.ts';

export interface HeldSeveritiesPageGiven {
  held: readonly HeldNow[];
  now: number;
  viewer: Viewer;
}

/** What SOFA told and waits for a person (rule 22), with what each would do now, and the yes. */
export function heldSeveritiesPage({ held, now, viewer }: HeldSeveritiesPageGiven): string {
  return pageText(
    <Layout title="Severities that wait · Ratchet" current="/releases" viewer={viewer}>
      <p class="muted">
        <a href="/releases">Releases</a>
      </p>
      <h1>{held.length === 0 ? 'No severity waits for a yes' : 'Severities that wait for a yes'}</h1>
      <p class="lead">
        {held.length === 0
          ? 'What SOFA told is in force.'
          : 'SOFA calls these releases worse than before. They count once a person agrees, because they would touch many devices.'}
      </p>
      {held.map((one) => (
        <Held held={one} now={now} viewer={viewer} />
      ))}
    </Layout>,
  );
}

function Held({ held: { platform, since, releases, difference }, now, viewer }: { held: HeldNow; now: number; viewer: Viewer }) {
  const { guard, notes, restarts } = difference;
  const act = 'acceptSeverities';
  return (
    <section class="panel">
      <h2>{platform}</h2>
      <ul class="plain">
        {releases.map(({ version, from, to }) => (
          <li>
            {version}: <span class="chip tone-person">{to}</span> <small class="muted">{from} is in force</small>
          </li>
        ))}
      </ul>
      <p>
        Held since <When at={since} now={now} />. It would bring the date of {devices(difference.broughtForward)} forward, and hand an
        update to {devices(difference.handedOut)} more; {devices(difference.unchanged)} stay as they are.
        {guard === undefined ? '' : ` Without a yes ${number(guard.limit)} of ${number(guard.fleet)} may be touched.`}
      </p>
      {notes.map((note) => (
        <p>{note}</p>
      ))}
      <Restarts restarts={restarts} />
      {guard === undefined ? (
        ''
      ) : (
        <ActForm viewer={viewer} act={act} fields={{ plan: guard.plan }} label="Let it count" tone="danger">
          <label class="field">
            <span>Why (for the audit log)</span>
            <input name="note" maxlength={2000} value={typedInto(viewer, act, 'note')} />
          </label>
        </ActForm>
      )}
    </section>
  );
}

function Restarts({ restarts }: Pick<PlanDifference, 'restarts'>) {
  const different = restarts.filter(({ before, after }) => before !== after);
  if (different.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <caption>Devices that are to install on a day, where it would be different.</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="number">
              Now
            </th>
            <th scope="col" class="number">
              With it
            </th>
          </tr>
        </thead>
        <tbody>
          {different.map(({ date, before, after }) => (
            <tr>
              <th scope="row">{date}</th>
              <td class="number">{number(before)}</td>
              <td class="number">{number(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
