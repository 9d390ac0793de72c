import { z } from 'zod';
import { DevicesAnswer, FleetAnswer, FleetHistoryAnswer } from '../../engine/answers.ts';
import { DEVICE_QUERY_FIELDS, type GivenQuery, readDeviceQuery } from '../../engine/show/device-query.ts';
import type { Show } from '../../engine/show/show.ts';
import { DeviceQueryError } from '../../store/store.ts';
import { type Operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const HISTORY_DAYS = 90;
const HISTORY_DAYS_MAX = 400;

const text = z.string();
/** Judged by `readDeviceQuery`, as the pages' are: a query string is all texts. */
const DevicesQuery = z.strictObject(
  Object.fromEntries(
    DEVICE_QUERY_FIELDS.map(({ name, expected, isList }) => [
      name,
      (isList ? z.union([text, z.array(text)]) : text).optional().describe(`${expected}${isList ? '; may be given several times' : ''}`),
    ]),
  ),
);

/** The fleet in numbers, and its devices page by page. */
export function fleetOperations(show: Pick<Show, 'devices' | 'fleet' | 'fleetHistory'>): Operation[] {
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
      async run({ query }) {
        const read = readDeviceQuery(query as GivenQuery);
        if ('problem' in read) return refuse(400, read.problem);
        try {
          return await show.devices(read.query);
        } catch (error) {
          if (error instanceof DeviceQueryError)
            return refuse(400, error.message, [{ in: 'query', path: error.field, message: error.message }]);
          throw error;
        }
      },
    }),
  ];
}
