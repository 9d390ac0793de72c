/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { WhyAnswer } from '../../engine/answers.ts';
import type { HistoryAnswer } from '../../engine/device-answers.ts';
import { groupOf } from '../../reasons/groups.ts';
import type { Viewer } from '../viewer.types.ts';
import { DeviceActs } from './device-acts.tsx';
import { DeviceConflicts } from './device-conflicts.tsx';
import { Layout, pageText, When } from './layout.tsx';
import { Timeline } from './timeline.tsx';
import { GROUP_WORDS, timesInText, wallText } from './words.ts';

const OUTCOMES: Readonly<Record<string, { words: string; tone: string }>> = {
  passed: { words: 'yes', tone: 'tone-current' },
  objected: { words: 'no', tone: 'tone-broken' },
  'not-applicable': { words: 'not asked', tone: 'tone-rest' },
};

export interface DevicePageGiven {
  why: WhyAnswer;
  history: HistoryAnswer;
  /** Of `history` not the newest page is shown. */
  isOlder: boolean;
  now: number;
  viewer: Viewer;
}

/** One device: what it runs, what it should run, by when and why, and what happened. */
export function devicePage({ why, history, isOlder, now, viewer }: DevicePageGiven): string {
  const { device, reason, sentence, remedy, next } = why;
  const { tone } = GROUP_WORDS[groupOf(reason) ?? 'left-alone'];
  const title = device.serial ?? device.id;
  return pageText(
    <Layout title={`${title} · Ratchet`} current="/devices" viewer={viewer}>
      <p class="muted">
        <a href="/devices">Devices</a>
      </p>
      <h1>{title}</h1>
      <section class={`notice ${tone}`}>
        <p>
          <span class={`chip ${tone}`}>{reason}</span> <strong>{sentence}</strong>
        </p>
        {remedy === '' ? '' : <p>{remedy}</p>}
        {next === undefined ? '' : <Next next={next} remedy={remedy} now={now} />}
      </section>
      <div class="columns">
        <Facts why={why} now={now} />
        <Wanted why={why} />
      </div>
      <DeviceConflicts why={why} now={now} />
      <DeviceActs why={why} now={now} viewer={viewer} />
      <Timeline history={history} isOlder={isOlder} />
      <Checks why={why} />
    </Layout>,
  );
}

/** What comes next is often what the remedy says. It is not what happens when the device is looked at again: that stands apart. */
function Next({ next: { text, at }, remedy, now }: { next: NonNullable<WhyAnswer['next']>; remedy: string; now: number }) {
  if (text === remedy && at === undefined) return null;
  return (
    <p>
      {text === remedy ? '' : `Next: ${text.replace(/\.$/, '')}. `}
      {at === undefined ? (
        ''
      ) : (
        <>
          Looked at again <When at={at} now={now} />.
        </>
      )}
    </p>
  );
}

function Facts({ why: { device, runs }, now }: { why: WhyAnswer; now: number }) {
  const supervised = device.supervised === undefined ? undefined : device.supervised ? 'yes' : 'no';
  const name = typeof device.name === 'string' ? device.name : undefined;
  const rows: [string, string | undefined][] = [
    ['Name', name],
    ['Model', device.productName],
    ['Platform', device.platform],
    ['Runs', [runs.version, runs.build && `(${runs.build})`].filter(Boolean).join(' ') || undefined],
    ['Supervised', supervised],
    ['Tags', device.tags?.join(', ') || undefined],
    ['Enrollment id', device.id],
  ];
  return (
    <section class="panel">
      <h2>The device</h2>
      <dl class="facts">
        {rows
          .filter(([, value]) => value !== undefined)
          .map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
        <dt>Last seen</dt>
        <dd>{device.lastSeenAt === undefined || device.lastSeenAt === 0 ? 'never' : <When at={device.lastSeenAt} now={now} />}</dd>
        {device.ownersPage === undefined ? (
          ''
        ) : (
          <>
            <dt>For its owner</dt>
            <dd>
              <a href={device.ownersPage}>What its owner is told</a>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Wanted({ why: { wants, date, channel } }: { why: WhyAnswer }) {
  return (
    <section class="panel">
      <h2>Should run</h2>
      <dl class="facts">
        <dt>Release</dt>
        <dd>{wants?.version ?? 'nothing else'}</dd>
        <dt>Policy</dt>
        <dd>{wants?.policy ?? 'none'}</dd>
        <dt>By</dt>
        <dd>
          {date?.enforced === undefined ? 'no date' : wallText(date.enforced)}
          {date?.zone === undefined ? '' : ` ${date.zone}${date.zoneAssumed ? ' (assumed)' : ''}`}
        </dd>
        {channel === undefined ? (
          ''
        ) : (
          <>
            <dt>Brought there by</dt>
            <dd>{channel}</dd>
          </>
        )}
      </dl>
      {date === undefined || date.steps.length === 0 ? (
        ''
      ) : (
        <>
          <h3 class="apart">Why that date</h3>
          <ol>
            {date.steps.map((step) => (
              <li>{timesInText(step)}</li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

/** The one that decided stands out; all of them are a click away. */
function Checks({ why: { checks } }: { why: WhyAnswer }) {
  const against = checks.filter(({ outcome }) => outcome === 'objected');
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  return (
    <section class="panel">
      <h2>What was checked, in this order</h2>
      {against.length === 0 ? (
        <p class="muted">Nothing speaks against it.</p>
      ) : (
        <CheckTable name="What speaks against it" checks={against} />
      )}
      <details>
        <summary>
          All {checks.length} checks, {passed} of them passed
        </summary>
        <CheckTable name="All checks" checks={checks} />
      </details>
    </section>
  );
}

function CheckTable({ name, checks }: { name: string; checks: WhyAnswer['checks'] }) {
  return (
    <section class="scroll" tabindex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Holds</th>
            <th scope="col">Because</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(({ name, outcome, detail }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                <span class={`chip ${OUTCOMES[outcome]?.tone}`}>{OUTCOMES[outcome]?.words}</span>
              </td>
              <td>{timesInText(detail ?? '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
