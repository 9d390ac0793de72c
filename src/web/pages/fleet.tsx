/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { FleetAnswer, FleetHistoryAnswer } from '../../engine/answers.ts';
import { DAY_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import { restartsChart } from '../charts/restarts-chart.ts';
import type { Viewer } from '../viewer.types.ts';
import { AlertItem } from './alert-item.tsx';
import { Figure, Picture } from './chart.tsx';
import { exposureHistoryOf, historyOf } from './fleet-history.ts';
import { Layout, pageText, When } from './layout.tsx';
import { devices, GROUP_WORDS, number } from './words.ts';

export interface FleetPageGiven {
  fleet: FleetAnswer;
  history: FleetHistoryAnswer;
  /** Where the MDM server reaches this listener, as the reader of the page does: "http://ratchet:9006". */
  origin: string;
  viewer: Viewer;
}

/** The first question of every admin: which devices are behind, why, and what happens next. */
export function fleetPage({ fleet, history, origin, viewer }: FleetPageGiven): string {
  const { at, devices: all, groups, platforms } = fleet;
  const restarts = restartsChart('Dates in force, by day', {
    days: fleet.restarts.map(({ date, devices: count }) => ({
      day: date,
      devices: count,
      href: `/devices?from=${date}&until=${date}&handedOut=true`,
    })),
  });
  return pageText(
    <Layout title="Fleet · Ratchet" current="/" viewer={viewer}>
      <h1>{headingOf(groups.current, all)}</h1>
      <p class="lead">
        <StateText fleet={fleet} />
        {fleet.releasesCheckedAt === undefined ? (
          ' Apple’s list of releases has not been read yet.'
        ) : (
          <>
            {' '}
            Apple’s list was read <When at={fleet.releasesCheckedAt} now={at} />.
          </>
        )}
      </p>
      <Alerts fleet={fleet} />
      {all === 0 ? (
        <Wiring origin={origin} />
      ) : (
        <>
          <ul class="sums">
            {(['current', 'on-the-way', 'needs-person', 'broken', 'held', 'left-alone'] as const).map((group) => (
              <li>
                <a class={GROUP_WORDS[group].tone} href={`/devices?group=${group}`}>
                  <strong>{number(groups[group])}</strong>
                  {GROUP_WORDS[group].label}
                </a>
              </li>
            ))}
          </ul>
          <div class="columns">
            <Reasons fleet={fleet} />
            <div>
              <Exposure fleet={fleet} history={history} />
              {restarts ? (
                <Figure chart={restarts} />
              ) : (
                <section class="panel">
                  <h2>Dates in force, by day</h2>
                  <p class="muted">No device has a date in the next 30 days.</p>
                </section>
              )}
            </div>
          </div>
          {platforms
            .filter(({ platform }) => platform !== 'unknown')
            .map((platform) => {
              const chart = historyOf(platform.platform, history);
              return chart ? <Figure chart={chart} /> : <Versions platform={platform} />;
            })}
        </>
      )}
    </Layout>,
  );
}

function StateText({ fleet: { state, because, pausedPolicies } }: { fleet: FleetAnswer }) {
  const words = {
    running: 'Ratchet is running.',
    paused: 'Paused by a person: nothing new is handed out, and what devices hold stays.',
    stopped: 'Stopped by a person: what has not started was taken back.',
    left: 'Ratchet has left: everything of it is taken back. “ratchet leave --undo” begins again.',
    held: `Held${because ? ` (${because})` : ''}: nothing new is handed out until “ratchet resume”.`,
  };
  return (
    <>
      <strong>{words[state]}</strong>
      {pausedPolicies.length > 0 ? ` Paused policies: ${pausedPolicies.join(', ')}.` : ''}
    </>
  );
}

function headingOf(current: number, all: number): string {
  if (all === 0) return 'No device yet';
  return `${number(current)} of ${devices(all)} ${all === 1 ? 'is where it' : 'are where they'} should be`;
}

/** What a person has to know before anything else. */
function Alerts({ fleet: { alerts, held, at } }: { fleet: FleetAnswer }) {
  if (alerts.length === 0 && held.length === 0) return null;
  return (
    <section class="notice tone-person" aria-label="What needs attention">
      <ul>
        {held.map(({ kind, name, plan, handedOut, broughtForward }) => (
          <li>
            A change of {kind} ({name}) waits for a yes: {number(handedOut)} more devices would be handed an update,{' '}
            {number(broughtForward)} would have it sooner. Its plan is <code>{plan}</code>.
          </li>
        ))}
        {alerts.map((alert) => (
          <AlertItem alert={alert} now={at} />
        ))}
      </ul>
    </section>
  );
}

/** Whatever is not simply current; what a person should look at first comes first already. */
function Reasons({ fleet: { reasons } }: { fleet: FleetAnswer }) {
  const shown = reasons.filter(({ group }) => group !== 'current');
  return (
    <section class="panel">
      <h2>Why devices are not there yet</h2>
      {shown.length === 0 ? <p class="muted">Every device is where it should be.</p> : ''}
      <ol class="reasons">
        {shown.map(({ reason, devices: count, sentence, remedy, group }) => (
          <li class={GROUP_WORDS[group].tone}>
            <span class="count">{number(count)}</span>
            <div>
              <h3>
                <a href={`/devices?reason=${encodeURIComponent(reason)}`}>{reason}</a>
              </h3>
              <p>{sentence}</p>
              {remedy === '' ? '' : <p class="muted">{remedy}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Exposure({ fleet, history }: { fleet: FleetAnswer; history: FleetHistoryAnswer }) {
  const { exposure, overdue, handedOut, holding, later } = fleet;
  const chart = exposureHistoryOf(history);
  return (
    <section class="panel">
      <h2>Is it safe</h2>
      <dl class="facts">
        <dt>Miss a fix of something exploited</dt>
        <dd>
          {exposure === undefined ? (
            'not known: SOFA tells it, and is not read (setting --sofa)'
          ) : (
            <>
              <a href="/devices?exposed=true">{devices(exposure.devices)}</a> of the {number(exposure.of)} for which it is known
            </>
          )}
        </dd>
        {(exposure?.platforms ?? []).map(({ platform, devices: count, of }) => (
          <>
            <dt>… of {platform}</dt>
            <dd>
              {count === 0 ? 'none' : <a href={`/devices?exposed=true&platform=${encodeURIComponent(platform)}`}>{number(count)}</a>} of{' '}
              {number(of)}
            </dd>
          </>
        ))}
        {history.exposure === undefined ? (
          ''
        ) : (
          <>
            <dt>Device-days of that</dt>
            <dd>
              {number(history.exposure.deviceDays)} in {number(history.exposure.days)} days, since {history.days[0]?.day}
            </dd>
          </>
        )}
        <dt>Past their date</dt>
        <dd>
          {overdue.since === undefined ? (
            'none'
          ) : (
            <>
              <a href={`/devices?handedOut=true&from=${overdue.since}&until=${dayBefore(fleet)}&sort=date`}>{devices(overdue.devices)}</a>,
              since {overdue.since}
            </>
          )}
        </dd>
        <dt>Have a date</dt>
        <dd>
          <a href="/devices?handedOut=true&sort=date">{devices(handedOut)}</a>
          {later > 0 ? `, ${number(later)} of them after the days below` : ''}
        </dd>
        <dt>Are known to hold one</dt>
        <dd>
          <a href="/devices?holding=true">{devices(holding)}</a>
        </dd>
      </dl>
      {chart === undefined ? (
        ''
      ) : (
        <>
          <h3 class="apart">{chart.title}</h3>
          <Picture chart={chart} />
        </>
      )}
    </section>
  );
}

/** The last day that is over everywhere: the one before the first that is shown. */
function dayBefore({ restarts, at }: FleetAnswer): string {
  const first = restarts[0]?.date;
  const days = Array.from({ length: 4 }, (_, back) => utcDateOf(at - back * DAY_MS));
  return days.find((day) => first !== undefined && day < first) ?? utcDateOf(at);
}

/** While there is no history to draw. */
function Versions({ platform }: { platform: FleetAnswer['platforms'][number] }) {
  return (
    <section class="panel">
      <h2>Versions of {platform.platform}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">version</th>
              <th scope="col" class="number">
                devices
              </th>
            </tr>
          </thead>
          <tbody>
            {platform.versions.map(({ version, devices: count }) => (
              <tr>
                <th scope="row">
                  {version === undefined ? (
                    'not known'
                  ) : (
                    <a href={`/devices?platform=${encodeURIComponent(platform.platform)}&version=${encodeURIComponent(version)}`}>
                      {version}
                    </a>
                  )}
                </th>
                <td class="number">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Nobody was heard of: the lines that change that, with the reader's own address. */
function Wiring({ origin }: { origin: string }) {
  return (
    <section class="panel">
      <h2>Point your MDM server at Ratchet</h2>
      <p>Devices appear here as soon as the server tells of them. For NanoMDM these are two flags:</p>
      <pre>{`-webhook-url ${origin}/webhook -webhook-hmac-key <the webhook key>\n-dm http://<this host>:9007/ -dm-send-hmac-key <the -dm key>`}</pre>
      <p>
        Devices that are enrolled already are named with <code>ratchet import</code>; MicroMDM has flags of its own. Both are in the
        quickstarts of the documentation.
      </p>
    </section>
  );
}
