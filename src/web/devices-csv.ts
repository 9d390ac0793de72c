import { stringify } from 'csv-stringify/sync';
import type { DeviceAnswer } from '../engine/answers.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { type UtcDate, utcDateOf } from '../time/utc-date.ts';
import { Download, streamOf } from './download.ts';

/** What a cell holds; an absent one is empty. Columns are only ever added, at the end. */
const COLUMNS: readonly (readonly [string, (device: DeviceAnswer) => string | boolean | undefined])[] = [
  ['serial', ({ serial }) => serial],
  ['name', ({ name }) => name],
  ['id', ({ id }) => id],
  ['platform', ({ platform }) => platform],
  ['model', ({ productName }) => productName],
  ['os_version', ({ osVersion }) => osVersion],
  ['build', ({ build }) => build],
  ['target', ({ target }) => target],
  ['date', ({ date }) => date],
  ['date_in_force', ({ isHandedOut }) => isHandedOut],
  ['date_held', ({ isHolding }) => isHolding],
  ['severity', ({ severity }) => severity],
  ['group', ({ group }) => group],
  ['reason', ({ reason }) => reason],
  ['next', ({ next }) => next],
  ['policy', ({ policy }) => policy],
  ['ring', ({ ring }) => ring],
  ['tags', ({ tags }) => tags.join(', ')],
  ['exposed', ({ isExposed }) => isExposed],
  ['last_seen', ({ lastSeenAt }) => (lastSeenAt === 0 ? undefined : rfc3339(lastSeenAt))],
];

/** Excel takes a file for UTF-8 only where it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF';

export interface DevicesCsvOptions {
  /** When it was asked for: part of its name. */
  now: number;
  /** For people: begins with a byte order mark. Programs would read that as part of the first heading. */
  isForPeople: boolean;
}

/** Devices as a file, page by page. Rejects as the first page does, before anything is sent. */
export async function devicesCsv(
  pages: AsyncIterator<readonly DeviceAnswer[]>,
  { now, isForPeople }: DevicesCsvOptions,
): Promise<Download> {
  const first = await pages.next();
  async function* pieces(): AsyncGenerator<string, void, void> {
    try {
      yield `${isForPeople ? BYTE_ORDER_MARK : ''}${csvText([COLUMNS.map(([name]) => name)])}`;
      for (let page = first; !page.done; page = await pages.next()) if (page.value.length > 0) yield csvText(page.value.map(rowOf));
    } finally {
      await pages.return?.();
    }
  }
  return new Download(streamOf(pieces()), 'text/csv', fileName(utcDateOf(now)));
}

function fileName(day: UtcDate): string {
  return `ratchet-devices-${day}.csv`;
}

function rowOf(device: DeviceAnswer): (string | boolean | undefined)[] {
  return COLUMNS.map(([, cell]) => cell(device));
}

/** Names of devices are whatever their owners typed: what a spreadsheet would run begins with an apostrophe. */
function csvText(rows: readonly (readonly (string | boolean | undefined)[])[]): string {
  return stringify(rows as (string | boolean | undefined)[][], {
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: (value) => (value ? 'yes' : 'no') },
  });
}
