import type { EnrollmentEvent } from '../../src/enrollment/event.ts';
import type { CommandStatus } from '../../src/mdm/messages.ts';
import { NOW } from '../decide/builders.ts';

export { command, enqueued, NOW } from '../decide/builders.ts';

export const UUID = 'c0000000-0000-4000-8000-000000000000';

/** The device reports a command, or Idle. */
export function report(
  status: CommandStatus,
  at = NOW,
  commandUuid: string | undefined = status === 'Idle' ? undefined : UUID,
): EnrollmentEvent {
  return {
    observedAt: at,
    receivedAt: at,
    body: { kind: 'message', message: { kind: 'CommandReport', status, ...(commandUuid === undefined ? {} : { commandUuid }) } },
  };
}
