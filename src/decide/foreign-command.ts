import { known, observedWhen } from '../enrollment/state.ts';
import { DAY_MS } from '../time/local.ts';
import type { ForeignCommand } from './foreign-command.types.ts';
import type { DecideInput } from './input.ts';

/** So long it counts after its answer: what came of it is known by then. */
const FOREIGN_COMMAND_MS = 7 * DAY_MS;

/**
 * The last ScheduleOSUpdate that somebody else sent, as far as its answer came by the webhook. After a restore the answers to
 * what was sent since the backup look the same, and name nobody.
 */
export function foreignCommandOf({
  enrollment,
  commands,
  memory,
  control,
  now,
}: Pick<DecideInput, 'enrollment' | 'commands' | 'memory' | 'control' | 'now'>): ForeignCommand | undefined {
  const answered = known(enrollment, 'updateAnswered');
  const at = observedWhen(enrollment, 'updateAnswered');
  const isOurs = commands.some(({ commandUuid }) => commandUuid === answered?.commandUuid);
  const isOfBackup = control.restored !== undefined && at < control.restored.at + FOREIGN_COMMAND_MS;
  const told = answered !== undefined && !isOurs && !isOfBackup ? { ...answered, at } : undefined;
  const last = told ?? memory.foreignCommand;
  return last !== undefined && last.at >= enrollment.generation && now - last.at < FOREIGN_COMMAND_MS ? last : undefined;
}

/** It may start a restart: of an action that says nothing, or that nobody has documented, it is taken for granted. */
export function mayInstall({ action }: ForeignCommand): boolean {
  return action !== 'DownloadOnly' && action !== 'NotifyOnly' && action !== 'Error';
}
