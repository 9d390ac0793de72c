import type { ReplayAnswer, ReplayRun } from '../replay/answer.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import { table } from './text.ts';

const HEAD = ['RELEASE', 'SEEN', 'DEVICES', 'DATES', 'LAST DATE', '50 %', '90 %', '99 %', 'RINGS'];

/** For a terminal. */
export function replayText({ compare, notes, ...run }: ReplayAnswer): string {
  const parts = [runText(run)];
  if (compare) parts.push(runText(compare), compareText(run, compare));
  parts.push(`${notes.join('\n')}\n`);
  return parts.join('\n');
}

function runText(run: ReplayRun): string {
  const { policies, releases, naive, exposure, from, to } = run;
  const rows = releases.map((one) => [
    one.release,
    dayOf(one.firstSeenAt),
    String(one.devices),
    String(one.lines),
    one.lastDate?.slice(0, 10) ?? '-',
    ...[one.daysTo.p50, one.daysTo.p90, one.daysTo.p99].map((days) => (days === null ? '-' : `${days} d`)),
    one.rings.map(({ ring, openedAt }) => `${ring} ${dayOf(openedAt)}`).join(', ') || '-',
  ]);
  const lines = [
    `${policies}: ${number(run.devices)} devices, ${dayOf(from)} to ${dayOf(to)}, ${run.answers} answers of Apple, ${run.seconds} s`,
    '',
    table([HEAD, ...rows]),
    `${number(run.linesSet)} dates set; ${run.deadlinesMovedLater} moved later without a cause, ${run.deadlinesMovedLaterAudited} with one that is audited.`,
    brokenText(run),
    `Exposed: ${number(exposure.all.deviceDays)} device-days below the newest release${exploitedText(exposure)}; ${number(exposure.overdue.deviceDays)} past their date.`,
    `Newest release plus the same days, anew with every newer one: ${number(naive.datesMovedLater)} dates moved later; ${number(naive.exposure.all.deviceDays)} device-days below the newest release${exploitedText(naive.exposure)}; ${number(naive.exposure.overdue.deviceDays)} past their date.`,
  ];
  const { laggard } = naive;
  if (laggard)
    lines.push(
      `One ${laggard.model} that never updates, 30 days: that rule moves its date ${laggard.naiveMovedLater} times and has it overdue on ${laggard.naiveOverdueDays} of ${laggard.days} days; the ledger on ${laggard.ledgerOverdueDays}.`,
    );
  if (run.notReplayed > 0) lines.push(`${number(run.notReplayed)} devices are too old for update declarations: commands are not replayed.`);
  return `${lines.join('\n')}\n`;
}

function brokenText({ brokenPromises, broken }: ReplayRun): string {
  if (brokenPromises === 0) return 'No promise broken.';
  const shown = broken.map(
    ({ promise, at, device, devices, detail }) => `  ${promise}: ${device} (of ${devices}) on ${dayOf(at)}: ${detail}`,
  );
  return [`${number(brokenPromises)} broken promises:`, ...shown].join('\n');
}

function exploitedText({ exploited }: ReplayRun['exposure']): string {
  return exploited === undefined ? '' : `, ${number(exploited.deviceDays)} of them to what is exploited`;
}

function compareText(one: ReplayRun, other: ReplayRun): string {
  const difference = other.exposure.all.deviceDays - one.exposure.all.deviceDays;
  const exploited =
    one.exposure.exploited && other.exposure.exploited
      ? `, ${signed(other.exposure.exploited.deviceDays - one.exposure.exploited.deviceDays)} to what is exploited`
      : '';
  return `With ${other.policies} instead of ${one.policies}: ${signed(difference)} device-days below the newest release${exploited}.\n`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${number(Math.abs(value))}`;
}

/** "12,345" */
export function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function dayOf(instant: number): string {
  return rfc3339(instant).slice(0, 10);
}
