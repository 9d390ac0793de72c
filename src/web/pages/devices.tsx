/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { DeviceAnswer, DevicesAnswer } from '../../engine/answers.ts';
import type { DeviceSort } from '../../store/store.ts';
import type { Viewer } from '../viewer.types.ts';
import { type Asked, Filters, type FiltersProps, SORT_WORDS } from './devices-filters.tsx';
import { Layout, pageText, When } from './layout.tsx';
import { devices, GROUP_WORDS, wallText } from './words.ts';

export interface DevicesPageGiven extends FiltersProps {
  /** Undefined: `problem` says what is wrong with what was asked. */
  answer?: DevicesAnswer;
  problem?: string;
  now: number;
  viewer: Viewer;
}

const COLUMNS: readonly { name: string; sort: DeviceSort }[] = [
  { name: 'Serial number', sort: 'serial' },
  { name: 'Name', sort: 'name' },
  { name: 'Platform', sort: 'platform' },
  { name: 'Runs → should run', sort: 'version' },
  { name: 'By', sort: 'date' },
  { name: 'Reason', sort: 'reason' },
  { name: 'Policy, ring', sort: 'policy' },
  { name: 'Seen', sort: 'lastSeenAt' },
];

/** Devices as they were asked for: what the address says is what is shown. */
export function devicesPage({ asked, answer, problem, policies, rings, now, viewer }: DevicesPageGiven): string {
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
        <Filters asked={filter} policies={policies} rings={rings} />
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

function addressOf(asked: Asked, path = '/devices'): string {
  const text = new URLSearchParams(asked).toString();
  return text === '' ? path : `${path}?${text}`;
}

function List({ answer, asked, now }: { answer: DevicesAnswer; asked: Asked; now: number }) {
  const sort = COLUMNS.find((column) => column.sort === asked.sort)?.sort ?? 'id';
  return (
    <div class="scroll">
      <table class="cards">
        <caption class="visually-hidden">
          Devices by {SORT_WORDS[sort]}, {asked.order === 'desc' ? 'downwards' : 'upwards'}
        </caption>
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

function Heading({ name, sort, asked }: { name: string; sort: DeviceSort; asked: Asked }) {
  const isSorted = asked.sort === sort;
  const isDescending = isSorted && asked.order === 'desc';
  const { order: _, sort: __, ...rest } = asked;
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
  const { id, serial, name, platform, productName, osVersion, target, date, reason, group, policy, ring, lastSeenAt } = device;
  return (
    <tr>
      <th scope="row">
        <a href={`/devices/${encodeURIComponent(id)}`}>{serial ?? id}</a>
      </th>
      <td data-label="name">{name ?? ''}</td>
      <td data-label="platform">
        {platform} <small class="muted">{productName ?? ''}</small>
      </td>
      <td data-label="runs" class="nowrap">
        {osVersion ?? 'not known'}
        {target === undefined || target === osVersion ? '' : ` → ${target}`}
      </td>
      <td data-label="by">
        {date === undefined ? '' : <Wall local={date} />}
        {date !== undefined && !device.isHandedOut ? <small class="muted"> (not in force)</small> : ''}
      </td>
      <td data-label="reason">
        <span class={`chip ${GROUP_WORDS[group].tone}`}>{reason}</span>{' '}
        {device.isExposed === true ? <small class="exposed">exposed</small> : ''}
      </td>
      <td data-label="policy">
        {policy ?? ''} <small class="muted">{ring ?? ''}</small>
      </td>
      <td data-label="seen" class="nowrap">
        {lastSeenAt === 0 ? 'never' : <When at={lastSeenAt} now={now} />}
      </td>
    </tr>
  );
}

/** A date is not broken over two lines. */
function Wall({ local }: { local: string }) {
  const [day, time] = wallText(local).split(' ');
  return (
    <>
      <span class="nowrap">{day}</span> {time}
    </>
  );
}

function Pages({ answer, asked }: { answer: DevicesAnswer; asked: Asked }) {
  const { cursor, ...rest } = asked;
  const { limit: _, ...filter } = rest;
  return (
    <nav class="pages" aria-label="Pages of devices">
      {cursor === undefined ? '' : <a href={addressOf(rest)}>First page</a>}
      {answer.next === undefined ? (
        <span class="muted">{cursor === undefined ? 'That is all' : 'The last page'}</span>
      ) : (
        <a href={addressOf({ ...rest, cursor: answer.next })}>Next page</a>
      )}
      {answer.total === 0 ? '' : <a href={addressOf(filter, '/devices.csv')}>{devices(answer.total)} as CSV</a>}
    </nav>
  );
}
