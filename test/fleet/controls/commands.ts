import type { Policy } from '../../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS } from '../../../src/time/local.ts';
import { once } from '../checkers/once.ts';
import { oneAtATime } from '../checkers/one-at-a-time.ts';
import { oneChannel } from '../checkers/one-channel.ts';
import { upOnly } from '../checkers/up-only.ts';
import { windows } from '../checkers/windows.ts';
import type { FleetParts } from '../harness.ts';
import type { Control } from './control.types.ts';
import { alterEvents, alterGathered, clockOf, tellsVersion, withoutVersion } from './facts.ts';

/** Install commands are sent from the first night on. */
const TOMORROW = { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };
const EVERY_DAY: NonNullable<Policy['windows']>[number]['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Controls of what is promised of update commands. */
export const COMMAND_CONTROLS: readonly Control[] = [
  {
    checker: upOnly,
    title: 'names iOS 9.3 in every update command',
    policy: TOMORROW,
    breakRule({ host }) {
      const { enqueue } = host;
      host.enqueue = (id, commandUuid, plist, given) =>
        enqueue(id, commandUuid, plist.replace(/(<key>ProductVersion<\/key>\s*<string>)[^<]*/, '$19.3'), given);
    },
  },
  {
    checker: oneAtATime,
    title: 'sends another command when a device has not answered for six hours',
    policy: TOMORROW,
    breakRule: forgetsAfterSixHours,
  },
  {
    checker: oneAtATime,
    title: 'does not hear that an update is under way',
    policy: TOMORROW,
    breakRule(parts) {
      alterEvents(parts, (body) => {
        if (body.kind !== 'message' || body.message.kind !== 'CommandReport') return body;
        const { updateResults: _, updateStatuses, ...message } = body.message;
        return { ...body, message: { ...message, ...(updateStatuses ? { updateStatuses: [] } : {}) } };
      });
    },
  },
  {
    checker: oneAtATime,
    title: 'takes the last OSUpdateStatus for one of just now',
    policy: TOMORROW,
    breakRule(parts) {
      const now = clockOf(parts);
      alterGathered(parts, (gathered) => {
        const statuses = gathered.state?.facts.updateStatuses;
        if (gathered.state === undefined || statuses === undefined) return gathered;
        const facts = { ...gathered.state.facts, updateStatuses: { ...statuses, observedAt: now() } };
        return { ...gathered, state: { ...gathered.state, facts } };
      });
    },
  },
  {
    checker: windows,
    title: 'installs at any hour',
    policy: TOMORROW,
    breakRule({ policies }) {
      for (const policy of policies.policies) policy.windows = [{ days: EVERY_DAY, from: '00:00', to: '00:00', zone: 'device' }];
    },
  },
  {
    checker: windows,
    title: 'takes every device to be in Honolulu',
    policy: TOMORROW,
    breakRule(parts) {
      alterEvents(parts, (body) => {
        if (body.kind !== 'message' || body.message.kind !== 'CommandReport' || !body.message.deviceInformation) return body;
        const deviceInformation = { ...body.message.deviceInformation, timeZone: 'Pacific/Honolulu' };
        return { ...body, message: { ...body.message, deviceInformation } };
      });
    },
  },
  {
    checker: windows,
    title: 'believes it heard of every device just now',
    policy: TOMORROW,
    breakRule(parts) {
      const now = clockOf(parts);
      alterGathered(parts, (gathered) =>
        gathered.state === undefined ? gathered : { ...gathered, state: { ...gathered.state, lastSeenAt: now() } },
      );
    },
  },
  {
    checker: windows,
    title: 'installs two days before the date',
    policy: { ...TOMORROW, days: 5 },
    breakRule(parts) {
      const earlier = (local: string) => new Date(Date.parse(`${local}Z`) - 2 * DAY_MS).toISOString().slice(0, 19);
      alterGathered(parts, (gathered) => ({
        ...gathered,
        lines: gathered.lines.map((line) => ({ ...line, dueAt: line.dueAt - 2 * DAY_MS, dueLocal: earlier(line.dueLocal) })),
      }));
    },
  },
  {
    checker: oneChannel,
    title: 'keeps the first OS version a device told, and commands OS 27',
    policy: TOMORROW,
    breakRule(parts) {
      const heard = new Set<string>();
      alterEvents(parts, (body, id) => {
        if (!tellsVersion(body)) return body;
        if (heard.has(id)) return withoutVersion(body);
        heard.add(id);
        return body;
      });
    },
  },
  {
    checker: oneChannel,
    title: 'goes over to commands and does not wait until a declaration is given back',
    policy: { ...TOMORROW, days: 3 },
    breakRule(parts) {
      goesOverToCommands(parts);
      alterGathered(parts, ({ memory, ...gathered }) => {
        const { holds: _, ...forgetful } = memory ?? { lastSeenAt: 0 };
        return { ...gathered, memory: memory && forgetful };
      });
    },
  },
  {
    checker: once,
    title: 'writes an update command anew each time it is sent',
    policy: TOMORROW,
    breakRule({ host }) {
      const { enqueue } = host;
      let count = 0;
      host.enqueue = (id, commandUuid, plist, given) => {
        count += 1;
        return enqueue(id, commandUuid, plist.includes('ScheduleOSUpdate<') ? `${plist}<!-- ${count} -->` : plist, given);
      };
    },
  },
];

/** What a device has had for six hours without answering counts as never sent. */
export function forgetsAfterSixHours(parts: FleetParts): void {
  const now = clockOf(parts);
  alterGathered(parts, (gathered) => ({
    ...gathered,
    commands: gathered.commands.filter((entry) => entry.state !== 'enqueued' || (entry.enqueuedAt ?? now()) > now() - 6 * HOUR_MS),
  }));
}

/** On the third day everybody's policy changes from `auto` to commands; that alone breaks no rule. */
export function goesOverToCommands(parts: FleetParts): void {
  const now = clockOf(parts);
  let startedAt = 0;
  for (const policy of parts.policies.policies) {
    Object.defineProperty(policy, 'channel', {
      enumerable: true,
      get: () => {
        startedAt ||= now();
        return now() > startedAt + 2 * DAY_MS ? 'commands' : 'auto';
      },
    });
  }
}
