import { z } from 'zod';
import { AttemptsAnswer, InboxAnswer, WhyAnswer } from '../../engine/answers.ts';
import { BlackoutsAnswer } from '../../engine/blackout-answers.ts';
import { GateAnswer } from '../../engine/gate-answers.ts';
import { ATTEMPTS_SINCE, sinceProblem } from '../../engine/show/attempts.ts';
import { GATE_SINCE } from '../../engine/show/gate.ts';
import type { Show } from '../../engine/show/show.ts';
import { StatusAnswer } from '../../engine/status-answer.ts';
import { parseDuration } from '../../policy/duration.ts';
import { type Operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const noDevice = (device: string) => refuse(404, `No device has the id or serial number "${device}".`);

/** What is stored, of one device and of all. */
export function shownOperations(show: Pick<Show, 'why' | 'attempts' | 'inbox' | 'blackouts' | 'gate' | 'status'>): Operation[] {
  return [
    view({
      id: 'showStatus',
      group: 'Control',
      path: '/status',
      summary: 'How it goes: state, devices by reason, commands by state, alerts, the policies in force.',
      answer: StatusAnswer,
      run: () => show.status(),
    }),
    view({
      id: 'showDevice',
      group: 'Devices',
      path: '/why/{device}',
      summary: 'Why a device is where it is, and what happens next.',
      params: z.strictObject({ device: z.string().describe('Enrollment id or serial number.') }),
      answer: WhyAnswer,
      refusals: { 404: 'There is no such device.' },
      run: async ({ params: { device } }) => (await show.why(device)) ?? noDevice(device),
    }),
    view({
      id: 'listAttempts',
      group: 'Devices',
      path: '/attempts',
      summary: 'Update commands, what became of them, and what they propose.',
      query: z.strictObject({
        device: z.string().optional().describe('Enrollment id or serial number; absent: every device.'),
        since: z.string().optional().describe(`How far back: a duration such as ${ATTEMPTS_SINCE} (the default), 12h or 1d12h.`),
      }),
      answer: AttemptsAnswer,
      refusals: { 404: 'There is no such device.' },
      async run({ query: { device, since = ATTEMPTS_SINCE } }) {
        const sinceMs = parseDuration(since);
        if (sinceMs === undefined) return refuse(400, sinceProblem(since), [{ in: 'query', path: 'since', message: 'no duration' }]);
        const answer = await show.attempts({ sinceMs, ...(device === undefined ? {} : { device }) });
        return answer ?? noDevice(String(device));
      },
    }),
    view({
      id: 'listInbox',
      group: 'Devices',
      path: '/inbox',
      summary: 'Events that could not be understood: reason, size and hash, never the body.',
      answer: InboxAnswer,
      run: () => show.inbox(),
    }),
    view({
      id: 'listGate',
      group: 'Enrollments',
      path: '/gate',
      summary: 'Who came to the enrollment gate: who was sent away to update first, who was let in, and why.',
      query: z.strictObject({
        device: z.string().max(128).optional().describe('Serial number or UDID; absent: every device.'),
        since: z.string().optional().describe(`How far back: a duration such as ${GATE_SINCE} (the default), 12h or 1d12h.`),
      }),
      answer: GateAnswer,
      async run({ query: { device, since = GATE_SINCE } }) {
        const sinceMs = parseDuration(since);
        if (sinceMs === undefined) return refuse(400, sinceProblem(since), [{ in: 'query', path: 'since', message: 'no duration' }]);
        return show.gate({ sinceMs, ...(device === undefined ? {} : { device }) });
      },
    }),
    view({
      id: 'listBlackouts',
      group: 'Policies',
      path: '/blackouts',
      summary: 'Blackouts that are not over, and all devices that may install in one.',
      answer: BlackoutsAnswer,
      run: () => show.blackouts(),
    }),
  ];
}
