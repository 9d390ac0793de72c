import { z } from 'zod';
import { DeviceActAnswer } from '../../engine/device-answers.ts';
import type { DeviceVerb } from '../../engine/operate/devices.ts';
import type { Operate } from '../../engine/operate/operate.ts';
import { ActBy, type Operation, operation } from '../operation.ts';
import { refuse } from '../problem.ts';

const params = z.strictObject({ device: z.string().min(1).max(200).describe('Enrollment id or serial number.') });
const Because = z.string().trim().min(1).max(2_000).describe('Why, for the audit log and the device’s history.');
/** Judged by the act, which has better words for it. */
const Until = z.string().min(1).max(40);

const SIMPLE: readonly { id: string; verb: DeviceVerb; summary: string }[] = [
  { id: 'recheckDevice', verb: 'recheck', summary: 'Decide one device anew.' },
  { id: 'askDevice', verb: 'ask', summary: 'Push one device, and ask it what it runs.' },
  { id: 'pauseDevice', verb: 'pause', summary: 'Hand out nothing new to one device; what it holds stays.' },
  { id: 'resumeDevice', verb: 'resume', summary: 'End the pause, the exemption and the time given to one device.' },
];

const UNTIL: readonly { id: string; verb: DeviceVerb; summary: string; until: string }[] = [
  {
    id: 'exemptDevice',
    verb: 'exempt',
    summary: 'Give one device no update to the end of a day, and take back what has not started.',
    until: 'The last day of it, yyyy-mm-dd on the device’s clock.',
  },
  {
    id: 'giveDeviceTime',
    verb: 'more-time',
    summary: 'Put the date of one device off. No date gets nearer by it.',
    until: 'The first day on which its date may fall, yyyy-mm-dd on the device’s clock.',
  },
];

const REFUSALS = { 404: 'There is no such device.', 409: 'It makes no sense for this device now.' };

/** What a person does to one device. */
export function devicesOperations(operate: Pick<Operate, 'device'>): Operation[] {
  const run = async (verb: DeviceVerb, device: string, body: { until?: string }, act: { by: string; note?: string }) => {
    const { until } = body;
    const outcome = await operate.device({ act: verb, device, ...act, ...(until === undefined ? {} : { until }) });
    if (outcome.ok) return outcome.answer;
    const { because, message } = outcome;
    if (because === 'wrong-day')
      return refuse(400, message, [
        { in: 'body', path: 'until', message: message.replace(/^until is /, '').replace('. Nothing was changed.', '') },
      ]);
    return refuse(because === 'unknown' ? 404 : 409, message);
  };
  const common = { group: 'Devices', params, answer: DeviceActAnswer, refusals: REFUSALS };
  return [
    ...SIMPLE.map(({ id, verb, summary }) =>
      operation({
        ...{ id, summary, ...common, path: `/devices/{device}/${verb}` },
        body: ActBy,
        run: ({ params: { device }, body: _, act }) => run(verb, device, {}, act),
      }),
    ),
    ...UNTIL.map(({ id, verb, summary, until }) =>
      operation({
        ...{ id, summary, ...common, path: `/devices/{device}/${verb}` },
        body: ActBy.extend({ until: Until.describe(until), note: Because }),
        run: ({ params: { device }, body, act }) => run(verb, device, body, act),
      }),
    ),
  ];
}
