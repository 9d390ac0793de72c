import { z } from 'zod';
import { DevicesAnswer, FleetAnswer, FleetHistoryAnswer } from '../../engine/answers.ts';
import { DEVICE_QUERY_FIELDS, type GivenQuery, readDeviceQuery } from '../../engine/show/device-query.ts';
import type { Show } from '../../engine/show/show.ts';
import { type DeviceQuery, DeviceQueryError } from '../../store/store.ts';
import { devicesCsv } from '../devices-csv.ts';
import { type Operation, view } from '../operation.ts';
import { type Refusal, refuse } from '../problem.ts';

const HISTORY_DAYS = 90;
const HISTORY_DAYS_MAX = 400;

const text = z.string();
/** Judged by `readDeviceQuery`, as the pages' are: a query string is all texts. */
const DevicesQuery = queryOf(DEVICE_QUERY_FIELDS);
/** All there are: without pages. */
const ExportQuery = queryOf(DEVICE_QUERY_FIELDS.filter(({ name }) => name !== 'cursor' && name !== 'limit'));

function queryOf(fields: typeof DEVICE_QUERY_FIELDS) {
  return z.strictObject(
    Object.fromEntries(
      fields.map(({ name, expected, isList }) => [
        name,
        (isList ? z.union([text, z.array(text)]) : text).optional().describe(`${expected}${isList ? '; may be given several times' : ''}`),
      ]),
    ),
  );
}

/** Asks for what the query means; refuses where it means nothing. */
async function askFor<T>(given: unknown, ask: (query: DeviceQuery) => Promise<T>): Promise<T | Refusal> {
  const read = readDeviceQuery(given as GivenQuery);
  if ('problem' in read) return refuse(400, read.problem);
  try {
    return await ask(read.query);
  } catch (error) {
    if (error instanceof DeviceQueryError) return refuse(400, error.message, [{ in: 'query', path: error.field, message: error.message }]);
    throw error;
  }
}

/** The fleet in numbers, and its devices page by page. */
export function fleetOperations(show: Pick<Show, 'devices' | 'allDevices' | 'fleet' | 'fleetHistory'>, now: () => number): Operation[] {
  return [
    view({
      id: 'showFleet',
      group: 'Devices',
      path: '/fleet',
      summary: 'The fleet in numbers: groups, reasons, versions, restarts by day, exposure, what waits for a person.',
      answer: FleetAnswer,
      run: () => show.fleet(),
    }),
    view({
      id: 'showFleetHistory',
      group: 'Devices',
      path: '/fleet/history',
      summary: 'The same numbers as they were on earlier days.',
      query: z.strictObject({
        days: z
          .string()
          .regex(/^[1-9]\d{0,2}$/, `expected a number of days from 1 to ${HISTORY_DAYS_MAX}`)
          .transform(Number)
          .pipe(z.int().max(HISTORY_DAYS_MAX))
          .optional()
          .describe(`How many days, today included: 1 to ${HISTORY_DAYS_MAX}, ${HISTORY_DAYS} by default.`),
      }),
      answer: FleetHistoryAnswer,
      run: ({ query: { days = HISTORY_DAYS } }) => show.fleetHistory(days),
    }),
    view({
      id: 'listDevices',
      group: 'Devices',
      path: '/devices',
      summary: 'Devices with their reason, date and versions: filtered, sorted, page by page.',
      query: DevicesQuery,
      answer: DevicesAnswer,
      run: ({ query }) => askFor(query, show.devices),
    }),
    view({
      id: 'exportDevices',
      group: 'Devices',
      path: '/devices.csv',
      summary: 'The same devices as a CSV file, all of them.',
      query: ExportQuery,
      answer: z.string(),
      media: 'text/csv',
      run: ({ query }) => askFor(query, (meant) => devicesCsv(show.allDevices(meant), { now: now(), isForPeople: false })),
    }),
  ];
}
