/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { DeviceAnswer, DevicesAnswer } from '../../engine/answers.ts';
import { PLATFORMS } from '../../os/platform.ts';
import { REASON_GROUPS } from '../../reasons/groups.ts';
import { REASON_NAMES } from '../../reasons/reasons.ts';
import type { DeviceSort } from '../../store/store.ts';
import type { Viewer } from '../viewer.types.ts';
import { Layout, pageText, When } from './layout.tsx';
import { devices, GROUP_WORDS, wallText } from './words.ts';

export interface DevicesPageGiven {
  /** As in the address. */
  asked: Readonly<Record<string, string>>;
  /** Undefined: `problem` says what is wrong with what was asked. */
  answer: DevicesAnswer | undefined;
  problem?: string;
  /** Names of the policies in force. */
  policies: readonly string[];
  now: number;
  viewer: Viewer;
}

const COLUMNS: readonly { name: string; sort?: DeviceSort }[] = [
  { name: 'Device', sort: 'serial' },
  { name: 'Runs', sort: 'version' },
  { name: 'Should run' },
  { name: 'By', sort: 'date' },
  { name: 'Reason', sort: 'reason' },
  { name: 'Policy', sort: 'policy' },
  { name: 'Seen', sort: 'lastSeenAt' },
];

/** Devices as they were asked for: what the address says is what is shown. */
export function devicesPage({ asked, answer, problem, policies, now, viewer }: DevicesPageGiven): string {
  const { cursor: _, ...filter } = asked;
  return pageText(
    <Layout title="Devices · Ratchet" current="/devices" viewer={viewer}>
      <h1>{answer === undefined ? 'Devices' : answer.total === 0 ? 'No device is meant by that' : devices(answer.total)}</h1>
      {problem === undefined ? (
        ''
      ) : (
        <p class="wrong" role="alert">
          {problem}
        </p>
      )}
      <section class="panel">
        <Filters asked={filter} policies={policies} />
        {answer === undefined || answer.devices.length === 0 ? (
          <p class="muted">
            Nothing to show. <a href="/devices">All devices</a>
          </p>
        ) : (
          <List answer={answer} asked={filter} now={now} />
        )}
        {answer === undefined ? '' : <Pages answer={answer} asked={asked} />}
      </section>
    </Layout>,
  );
}

function addressOf(asked: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(asked).toString();
  return text === '' ? '/devices' : `/devices?${text}`;
}

function Filters({ asked, policies }: { asked: Readonly<Record<string, string>>; policies: readonly string[] }) {
  const kept = [
    'sort',
    'order',
    'limit',
    'version',
    'ring',
    'tag',
    'from',
    'until',
    'handedOut',
    'holding',
    'exposed',
    'couldTake',
  ].flatMap((name) => {
    const value = asked[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return (
    <form class="filters" method="get" action="/devices" aria-label="Filter devices">
      <span class="field">
        <label for="q">Find</label>
        <input type="search" id="q" name="q" value={asked.q ?? ''} maxlength={200} />
      </span>
      <Choice
        name="group"
        label="Where they stand"
        value={asked.group}
        options={REASON_GROUPS.map((group) => [group, GROUP_WORDS[group].label])}
      />
      <Choice name="reason" label="Reason" value={asked.reason} options={REASON_NAMES.map((reason) => [reason, reason])} />
      <Choice name="platform" label="Platform" value={asked.platform} options={PLATFORMS.map((platform) => [platform, platform])} />
      <Choice name="policy" label="Policy" value={asked.policy} options={policies.map((policy) => [policy, policy])} />
      {kept.map(({ name, value }) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class="primary" type="submit">
        Show
      </button>
      <a class="button" href="/devices">
        All
      </a>
      <Extra asked={asked} />
    </form>
  );
}

function Choice(given: { name: string; label: string; value: string | undefined; options: readonly (readonly [string, string])[] }) {
  const { name, label, value, options } = given;
  return (
    <span class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">any</option>
        {options.map(([option, words]) => (
          <option value={option} selected={option === value}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}

const EXTRA_WORDS: Readonly<Record<string, string>> = {
  version: 'version',
  ring: 'ring',
  tag: 'tag',
  from: 'date from',
  until: 'date until',
  handedOut: 'has a date',
  holding: 'holds a date',
  exposed: 'misses a fix of something exploited',
  couldTake: 'could take',
};

/** Filters that came with a link, each with a way to be rid of it. */
function Extra({ asked }: { asked: Readonly<Record<string, string>> }) {
  const extra = Object.keys(EXTRA_WORDS).filter((name) => asked[name] !== undefined);
  return (
    <>
      {extra.map((name) => {
        const { [name]: value, ...rest } = asked;
        return (
          <a class="chip tone-way" href={addressOf(rest)}>
            {EXTRA_WORDS[name]}: {value} <span aria-hidden="true">×</span>
            <span class="visually-hidden"> (take this filter away)</span>
          </a>
        );
      })}
    </>
  );
}

function List({ answer, asked, now }: { answer: DevicesAnswer; asked: Readonly<Record<string, string>>; now: number }) {
  return (
    <div class="scroll">
      <table class="cards">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <Heading {...column} asked={asked} />
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.devices.map((device) => (
            <Row device={device} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ name, sort, asked }: { name: string; sort?: DeviceSort; asked: Readonly<Record<string, string>> }) {
  if (sort === undefined) return <th scope="col">{name}</th>;
  const isSorted = asked.sort === sort;
  const isDescending = isSorted && asked.order === 'desc';
  const { order: _, ...rest } = asked;
  const href = addressOf({ ...rest, sort, ...(isSorted && !isDescending ? { order: 'desc' } : {}) });
  return (
    <th scope="col" aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}>
      <a href={href}>
        {name}
        {isSorted ? <span aria-hidden="true">{isDescending ? ' ↓' : ' ↑'}</span> : ''}
      </a>
    </th>
  );
}

function Row({ device, now }: { device: DeviceAnswer; now: number }) {
  const { id, serial, name, productName, osVersion, target, date, reason, group, policy, lastSeenAt, isHandedOut } = device;
  return (
    <tr>
      <th scope="row">
        <a href={`/devices/${encodeURIComponent(id)}`}>{serial ?? id}</a>{' '}
        <small class="muted">{[name, productName].filter((part) => part !== undefined).join(' · ')}</small>
      </th>
      <td data-label="runs">{osVersion ?? ''}</td>
      <td data-label="should run">{target ?? ''}</td>
      <td data-label="by" class="nowrap">
        {date === undefined ? '' : wallText(date)}
        {date !== undefined && !isHandedOut ? <small class="muted"> (not in force)</small> : ''}
      </td>
      <td data-label="reason">
        <span class={`chip ${GROUP_WORDS[group].tone}`}>{reason}</span>
      </td>
      <td data-label="policy">{policy ?? ''}</td>
      <td data-label="seen" class="nowrap">
        {lastSeenAt === 0 ? 'never' : <When at={lastSeenAt} now={now} />}
      </td>
    </tr>
  );
}

function Pages({ answer, asked }: { answer: DevicesAnswer; asked: Readonly<Record<string, string>> }) {
  const { cursor, ...rest } = asked;
  if (cursor === undefined && answer.next === undefined) return null;
  return (
    <nav class="pages" aria-label="Pages of devices">
      {cursor === undefined ? <span /> : <a href={addressOf(rest)}>First page</a>}
      {answer.next === undefined ? (
        <span class="muted">The last page</span>
      ) : (
        <a href={addressOf({ ...rest, cursor: answer.next })}>Next page</a>
      )}
    </nav>
  );
}
