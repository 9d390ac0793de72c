/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { PLATFORMS } from '../../os/platform.ts';
import { REASON_GROUPS } from '../../reasons/groups.ts';
import { REASON_NAMES } from '../../reasons/reasons.ts';
import type { DeviceSort } from '../../store/store.ts';
import { GROUP_WORDS } from './words.ts';

/** What the address asks for, by the names of its fields. */
export type Asked = Readonly<Record<string, string>>;

export interface FiltersProps {
  asked: Asked;
  /** Names in the policies in force; devices may have others from before. */
  policies: readonly string[];
  rings: readonly string[];
}

/** What lists can be sorted by, as people call it; the columns of the list and its id. */
export const SORT_WORDS: Readonly<Record<DeviceSort, string>> = {
  serial: 'serial number',
  name: 'name',
  platform: 'platform',
  version: 'version',
  date: 'date',
  reason: 'reason',
  policy: 'policy',
  lastSeenAt: 'last seen',
  id: 'id',
};

const PER_PAGE = ['25', '100', '250', '1000'];
const YES_OR_NO = [
  ['true', 'yes'],
  ['false', 'no'],
] as const;
/** Under "More": open when one of them is asked for. */
const MORE = ['version', 'ring', 'tag', 'from', 'until', 'handedOut', 'holding', 'exposed', 'couldTake'];

/** Everything a list can be asked for, as one form: its address is the question. */
export function Filters({ asked, policies, rings }: FiltersProps) {
  return (
    <form class="filters" method="get" action="/devices" aria-label="Filter devices">
      <Text name="q" label="Find" asked={asked} type="search" />
      <Choice
        name="group"
        label="Where they stand"
        asked={asked}
        options={REASON_GROUPS.map((group) => [group, GROUP_WORDS[group].label])}
      />
      <Choice name="reason" label="Reason" asked={asked} options={same(REASON_NAMES)} />
      <Choice name="platform" label="Platform" asked={asked} options={same(PLATFORMS)} />
      <Choice name="policy" label="Policy" asked={asked} options={same(policies)} />
      <details class="more" open={MORE.some((name) => asked[name] !== undefined)}>
        <summary>More</summary>
        <div class="filters">
          <Text name="version" label="Version" asked={asked} />
          <Text name="ring" label="Ring" asked={asked} list={rings} />
          <Text name="tag" label="Tag" asked={asked} />
          <Text name="from" label="Date from" asked={asked} type="date" />
          <Text name="until" label="Date until" asked={asked} type="date" />
          <Choice name="handedOut" label="Date in force" asked={asked} options={YES_OR_NO} />
          <Choice name="holding" label="Holds a date" asked={asked} options={YES_OR_NO} />
          <Choice name="exposed" label="Exposed" asked={asked} options={YES_OR_NO} />
          <Text name="couldTake" label="Could take" asked={asked} />
        </div>
      </details>
      <Choice
        name="sort"
        label="Sorted by"
        asked={asked}
        none="id"
        options={Object.entries(SORT_WORDS).filter(([sort]) => sort !== 'id')}
      />
      <Choice name="order" label="Order" asked={asked} none="upwards" options={[['desc', 'downwards']]} />
      <Choice name="limit" label="On a page" asked={asked} none="100" options={same(PER_PAGE.filter((count) => count !== '100'))} />
      <div class="actions">
        <button class="primary" type="submit">
          Show
        </button>
        <a class="button" href="/devices">
          All devices
        </a>
      </div>
    </form>
  );
}

function same(names: readonly string[]): [string, string][] {
  return names.map((name) => [name, name]);
}

interface FieldProps {
  name: string;
  label: string;
  asked: Asked;
}

function Text({
  name,
  label,
  asked,
  type = 'text',
  list = [],
}: FieldProps & { type?: 'text' | 'search' | 'date'; list?: readonly string[] }) {
  const listId = list.length > 0 ? `${name}-list` : undefined;
  return (
    <span class="field">
      <label for={name}>{label}</label>
      <input type={type} id={name} name={name} value={asked[name] ?? ''} maxlength={type === 'date' ? undefined : 200} list={listId} />
      {listId === undefined ? (
        ''
      ) : (
        <datalist id={listId}>
          {list.map((one) => (
            <option value={one} />
          ))}
        </datalist>
      )}
    </span>
  );
}

/** What was asked for is among the choices, also when it is none of them: it stays asked. */
function Choice({
  name,
  label,
  asked,
  none = 'any',
  options,
}: FieldProps & { none?: string; options: readonly (readonly [string, string])[] }) {
  const value = asked[name];
  const isOther = value !== undefined && !options.some(([option]) => option === value);
  return (
    <span class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">{none}</option>
        {[...options, ...(isOther ? [[value, value] as const] : [])].map(([option, words]) => (
          <option value={option} selected={option === value}>
            {words}
          </option>
        ))}
      </select>
    </span>
  );
}
