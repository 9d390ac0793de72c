/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { GateAnswer } from '../../engine/gate-answers.ts';
import type { AuditAnswer, JobsAnswer, SystemAnswer } from '../../engine/system-answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { ActForm, typedInto } from './act-form.tsx';
import { AlertItem } from './alert-item.tsx';
import { AuditTable } from './audit.tsx';
import { ForwardPanel } from './forward-panel.tsx';
import { GatePanel } from './gate-panel.tsx';
import { Layout, pageText, When } from './layout.tsx';
import { Queues, Settings } from './system-parts.tsx';
import { number } from './words.ts';

export interface SystemPageGiven {
  system: SystemAnswer;
  jobs: JobsAnswer;
  /** The newest entries. */
  audit: AuditAnswer;
  /** Of the last 30 days; absent: nothing is told of it. */
  gate?: GateAnswer;
  /** Where the MDM server reaches this listener, as the reader of the page does: "http://ratchet:9006". */
  origin: string;
  viewer: Viewer;
}

const STATES: Readonly<Record<SystemAnswer['state'], { title: string; sentence: string }>> = {
  running: { title: 'Ratchet is running', sentence: 'Dates and commands are handed out as the policies say.' },
  paused: { title: 'Paused by a person', sentence: 'Nothing new is handed out; what devices hold stays.' },
  stopped: { title: 'Everything is stopped', sentence: 'Nothing is handed out, and what had not started was taken back.' },
  left: { title: 'Ratchet has left', sentence: 'Everything of it is taken back, and nothing is sent; ratchet leave --undo begins again.' },
  held: { title: 'Ratchet is held', sentence: 'Nothing is handed out until a person resumes it.' },
};

/** Whether the installation itself works: its links, feeds, queues and jobs, and what people did to it. */
export function systemPage({ system, jobs, audit, gate, origin, viewer }: SystemPageGiven): string {
  const { at, state, because, pausedPolicies, version, startedAt } = system;
  return pageText(
    <Layout title="System · Ratchet" current="/system" viewer={viewer}>
      <h1>{STATES[state].title}</h1>
      <p class="lead">
        {STATES[state].sentence} {because === undefined ? '' : `Because ${because}. `}
        {pausedPolicies.length === 0 ? '' : `Paused policies: ${pausedPolicies.join(', ')}. `}
        Version {version}, started <When at={startedAt} now={at} />.
      </p>
      <Trouble system={system} />
      <Control system={system} viewer={viewer} />
      {system.heardAt === undefined ? <Wiring system={system} origin={origin} /> : ''}
      <div class="columns">
        <div>
          <Links system={system} />
          <Queues system={system} />
        </div>
        <Feeds system={system} />
      </div>
      <ForwardPanel system={system} />
      <Jobs jobs={jobs} />
      {gate === undefined ? '' : <GatePanel gate={gate} now={at} />}
      <section class="panel">
        <h2>Audit log</h2>
        <AuditTable entries={audit.entries} now={at} />
        {audit.next === undefined ? (
          ''
        ) : (
          <p>
            <a href="/system/audit">All of the audit log</a>
          </p>
        )}
      </section>
      <Settings system={system} />
    </Layout>,
  );
}

/** What stops everything, or lets it go on. */
function Control({ system: { state, pausedPolicies }, viewer }: { system: SystemAnswer; viewer: Viewer }) {
  if (!viewer.mayOperate) return null;
  const isRunning = state === 'running' && pausedPolicies.length === 0;
  return (
    <details class="acts">
      <summary>Pause, stop or resume</summary>
      {state === 'running' ? <ControlForm viewer={viewer} act="pause" label="Pause" /> : ''}
      {isRunning ? '' : <ControlForm viewer={viewer} act="resume" label="Resume" tone="primary" />}
      {state === 'stopped' ? '' : <ControlForm viewer={viewer} act="stop" label="Stop everything …" tone="danger" />}
    </details>
  );
}

function ControlForm({ viewer, act, label, tone }: { viewer: Viewer; act: string; label: string; tone?: 'primary' | 'danger' }) {
  return (
    <ActForm viewer={viewer} act={act} label={label} {...(tone === undefined ? {} : { tone })}>
      <label class="field">
        <span>Why (for the audit log)</span>
        <input name="note" maxlength={2000} value={typedInto(viewer, act, 'note')} />
      </label>
    </ActForm>
  );
}

/** What is raised, and what is wrong just now. */
function Trouble({ system: { alerts, checks, clockDoubt, policies, at } }: { system: SystemAnswer }) {
  const failing = Object.entries(checks).filter(([, check]) => check !== 'ok');
  const held = policies?.held;
  if (alerts.length + failing.length === 0 && clockDoubt === undefined && held === undefined)
    return (
      <p class="notice tone-current" role="status">
        Nothing is wrong: no alert is raised, the store can be written and the loops are alive.
      </p>
    );
  return (
    <section class="notice tone-person">
      <h2>What needs attention</h2>
      <ul>
        {failing.map(([part, check]) => (
          <li>
            {part}: {check}
          </li>
        ))}
        {clockDoubt === undefined ? '' : <li>The clock is in doubt: {clockDoubt}. Nothing is decided or sent meanwhile.</li>}
        {held === undefined ? (
          ''
        ) : (
          <li>
            A change of the policies ({held.file}) waits for a yes: {number(held.handedOut)} more devices would be handed an update,{' '}
            {number(held.broughtForward)} would have it sooner. Its plan is <code>{held.plan}</code>.
          </li>
        )}
        {alerts.map((alert) => (
          <AlertItem alert={alert} now={at} isNamed />
        ))}
      </ul>
    </section>
  );
}

function Links({ system: { links, host, dmReached, heardAt, at } }: { system: SystemAnswer }) {
  return (
    <section class="panel">
      <h2>Links</h2>
      <p class="muted">
        Beside {host}. {heardAt === undefined ? 'No device was ever heard of.' : <Heard at={heardAt} now={at} />} Counted since the start.
      </p>
      <ul class="plain">
        {links.map((link) => (
          <li>
            <Link link={link} now={at} />
          </li>
        ))}
      </ul>
      {dmReached ? (
        ''
      ) : (
        <p>
          The server has never asked for declarations: its <code>-dm</code> flag must lead to the second listener, with a slash at its end.
        </p>
      )}
    </section>
  );
}

function Heard({ at, now }: { at: number; now: number }) {
  return (
    <>
      A device was last heard of <When at={at} now={now} />.
    </>
  );
}

function Link({ link: { what, okAt, failedAt, problem }, now }: { link: SystemAnswer['links'][number]; now: number }) {
  const isFailing = failedAt !== undefined && (okAt === undefined || failedAt > okAt);
  const [word, tone] = isFailing ? ['failing', 'tone-broken'] : okAt === undefined ? ['not used yet', 'tone-rest'] : ['ok', 'tone-current'];
  return (
    <>
      <span class={`chip ${tone}`}>{word}</span> <strong>{what}</strong>
      <br />
      <span class="muted">
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
      </span>
    </>
  );
}

function Feeds({ system: { feeds, at } }: { system: SystemAnswer }) {
  return (
    <section class="panel">
      <h2>Feeds</h2>
      {feeds.length === 0 ? (
        <p class="muted">
          None is read: <code>releases</code> is off. Lists of releases are brought by <code>ratchet releases import</code>.
        </p>
      ) : (
        <ul class="plain">
          {feeds.map(({ name, source, askedAt, readAt, goodAt, doubt, notBefore }) => (
            <li>
              <FeedChip isRead={(readAt ?? goodAt) !== undefined} isDoubted={doubt !== undefined} /> <strong>{name}</strong>{' '}
              <span class="muted text">{source ?? ''}</span>
              <br />
              <span class="muted">
                <At words="Last answer" at={readAt ?? askedAt} now={at} />
                <At words="What is held is from" at={goodAt} now={at} />
                {notBefore !== undefined && notBefore > at ? <At words="It wants to be left alone until" at={notBefore} now={at} /> : ''}
                {doubt ?? ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function FeedChip({ isRead, isDoubted }: { isRead: boolean; isDoubted: boolean }) {
  if (isDoubted) return <span class="chip tone-person">in doubt</span>;
  return isRead ? <span class="chip tone-current">believed</span> : <span class="chip tone-rest">not read yet</span>;
}

function At({ words, at, now }: { words: string; at: number | undefined; now: number }) {
  if (at === undefined) return null;
  return (
    <>
      {words} <When at={at} now={now} />.{' '}
    </>
  );
}

function Jobs({ jobs: { jobs, at } }: { jobs: JobsAnswer }) {
  return (
    <section class="panel">
      <h2>Jobs</h2>
      <div class="scroll">
        <table class="cards">
          <caption>What runs by time. Most of it also runs as soon as there is something to do.</caption>
          <thead>
            <tr>
              <th scope="col">What it does</th>
              <th scope="col">Name</th>
              <th scope="col">Last run</th>
              <th scope="col">Next run</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map(({ key, what, lastAt, tookMs, result, nextAt }) => (
              <tr>
                <th scope="row">{what}</th>
                <td data-label="name">
                  <code>{key}</code>
                </td>
                <td data-label="last run" class="nowrap">
                  {lastAt === undefined ? 'not since the start' : <When at={lastAt} now={at} />}
                  {tookMs !== undefined && tookMs >= 100 ? <small class="muted"> took {(tookMs / 1_000).toFixed(1)} s</small> : ''}
                  {result === 'failed' ? <span class="chip tone-broken">failed, see the log</span> : ''}
                </td>
                <td data-label="next run" class="nowrap">
                  {nextAt === undefined ? 'when it is needed' : <When at={nextAt} now={at} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Nothing was ever heard: the lines that change that, with the reader's own address and settings. */
function Wiring({ system: { settings, host }, origin }: { system: SystemAnswer; origin: string }) {
  const told = (flag: string) => settings.find((setting) => setting.flag === flag)?.value ?? undefined;
  const port = /:(\d+)$/.exec(told('--listen-ddm') ?? ':9007')?.[1];
  const path = told('--dm-base-path') ?? '/ddm/';
  const isMicro = host.startsWith('micromdm');
  const { hostname } = new URL(origin);
  const lines = isMicro
    ? [
        `-command-webhook-url ${origin.replace('://', '://<webhook user>:<password>@')}/webhook`,
        `-dm http://<dm user>:<password>@${hostname}:${port}${path}`,
      ]
    : [
        `-webhook-url ${origin}/webhook -webhook-hmac-key <the webhook key>`,
        `-dm http://${hostname}:${port}${path} -dm-send-hmac-key <the -dm key>`,
      ];
  return (
    <section class="panel">
      <h2>Point your MDM server at Ratchet</h2>
      <p>Nothing was heard of any device yet. Start {isMicro ? 'MicroMDM' : 'NanoMDM'} with these flags:</p>
      <pre>{lines.join('\n')}</pre>
      <p>
        Devices that are enrolled already are named with <code>ratchet import</code>.
      </p>
    </section>
  );
}
