import { z } from 'zod';
import { ExchangeAnswer, HistoryAnswer } from '../../engine/device-answers.ts';
import { HISTORY_SHOWN, HISTORY_SHOWN_MAX } from '../../engine/show/history.ts';
import type { Show } from '../../engine/show/show.ts';
import { type Operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const device = z.string().describe('Enrollment id or serial number.');
const Whole = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a whole number')
  .transform(Number);

/** What happened to one device, and what went over the wire for it. */
export function historyOperations(show: Pick<Show, 'history' | 'exchange'>): Operation[] {
  return [
    view({
      id: 'showDeviceHistory',
      group: 'Devices',
      path: '/devices/{device}/history',
      summary: 'What happened to a device, in words, newest first.',
      params: z.strictObject({ device }),
      query: z.strictObject({
        before: Whole.optional().describe('Only what is older: `before` of the page before.'),
        limit: Whole.pipe(z.int().min(1).max(HISTORY_SHOWN_MAX)).optional().describe(`How many; ${HISTORY_SHOWN} unless given.`),
      }),
      answer: HistoryAnswer,
      refusals: { 404: 'There is no such device.' },
      run: async ({ params, query }) =>
        (await show.history({ ...params, ...query })) ?? refuse(404, `No device has the id or serial number "${params.device}".`),
    }),
    view({
      id: 'showExchange',
      group: 'Devices',
      path: '/devices/{device}/exchanges/{exchange}',
      summary: 'What went over the wire for an entry of its history: decoded, without secrets.',
      params: z.strictObject({ device, exchange: Whole.describe('`exchange` of an entry.') }),
      answer: ExchangeAnswer,
      refusals: { 404: 'There is no such device, or the exchange is not kept any more.' },
      run: async ({ params: { device: id, exchange } }) =>
        (await show.exchange(id, exchange)) ??
        refuse(404, `Exchange ${exchange} of "${id}" is not kept any more: of each device the newest 20 are.`),
    }),
  ];
}
