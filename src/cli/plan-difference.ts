import { PLAN_CHANGES, type PlanChange } from '../decide/plan-change.ts';
import type { HeldPolicies, PlanAnswer, PlanDevice, PlanDifference } from '../engine/answers.ts';
import { counted, printable, table } from './text.ts';

/** A plan with a file, for people: who is touched how, and the sums. */

/** Devices and days shown; --json and --csv have them all. */
const DEVICES_MAX = 40;
const DAYS_MAX = 20;

const WORDS: Record<PlanChange, string> = {
  'handed-out': 'newly handed out',
  'brought-forward': 'brought forward',
  'put-off': 'put off',
  'taken-back': 'taken back',
  other: 'other',
};

/** "2026-12-01 18:00": dates fall on whole minutes. */
export function dateText(date: string | undefined): string | undefined {
  return date?.replace('T', ' ').replace(/:00$/, '');
}

/** What the policies of a file would change. */
export function differenceText(answer: PlanAnswer & { difference: PlanDifference }): string {
  const { devices, counts, difference } = answer;
  const changed = devices
    .filter((device) => device.change !== undefined)
    .sort((a, b) => rank(a) - rank(b) || (a.serial ?? a.id).localeCompare(b.serial ?? b.id, 'en'));
  const parts: string[] = [];
  if (changed.length > 0) {
    const heading = ['SERIAL', 'PLATFORM', 'RUNS', 'CHANGE', 'POLICY', 'TARGET', 'DATE', 'REASON'];
    parts.push(table([heading, ...changed.slice(0, DEVICES_MAX).map(deviceRow)]));
    if (changed.length > DEVICES_MAX)
      parts.push(`… and ${counted(changed.length - DEVICES_MAX, 'more device')}; --csv and --json have them all.\n`);
    parts.push('\n');
  }
  parts.push(`${sumsText(difference)}\n`);
  if (changed.length > 0) parts.push(`\n${reasonsText(difference.countsBefore, counts)}`, restartsText(difference.restarts));
  parts.push(...[...difference.notes, verdictOf(difference)].filter((line) => line !== '').map((line) => `\n${printable(line)}\n`));
  return parts.join('');
}

/** "500 devices: 312 newly handed out, …, 180 unchanged" */
export function sumsText({ handedOut, broughtForward, putOff, takenBack, other, unchanged }: PlanDifference): string {
  const sums: [number, string][] = [
    [handedOut, WORDS['handed-out']],
    [broughtForward, WORDS['brought-forward']],
    [putOff, WORDS['put-off']],
    [takenBack, WORDS['taken-back']],
    [other, 'otherwise different'],
    [unchanged, 'unchanged'],
  ];
  const all = sums.reduce((sum, [count]) => sum + count, 0);
  const told = sums.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  return `${counted(all, 'device')}${told.length === 0 ? '' : `: ${told.join(', ')}`}`;
}

/** What an act does, as the change guard judged it: the sums; when it is held, `howTo` say yes; and notes. */
export function judgedLines(difference: PlanDifference, howTo?: string): string[] {
  const { guard, notes } = difference;
  const held =
    howTo !== undefined && guard !== undefined
      ? [`Without a person's yes ${guard.limit} of ${counted(guard.fleet, 'device')} may be handed out to or brought forward. ${howTo}`]
      : [];
  return [`${sumsText(difference)}.`, ...held, ...notes];
}

/** How to say yes to an act that was held. */
export function againText({ guard }: PlanDifference): string {
  return `The same again with --accept ${guard?.plan} does it.`;
}

/** A change that waits, as every plan says it. */
export function heldText({ file, plan, handedOut, broughtForward, limit }: HeldPolicies): string {
  const touched = counted(handedOut + broughtForward, 'device');
  return printable(
    `A change of the policies is held (${file}): it would hand out to, or bring forward, ${touched}, and ${limit} may be without a person's yes. ratchet plan ${file} shows it, ratchet apply ${file} --accept ${plan} lets it happen.`,
  );
}

function verdictOf({ file, guard, hash, inForce }: PlanDifference): string {
  if (guard === undefined) return '';
  if (hash === inForce) return 'These policies are in force.';
  if (!guard.isHeld) return `Plan ${guard.plan}: ratchet apply ${file} puts it into force.`;
  return `Plan ${guard.plan} would be held: without a person's yes ${guard.limit} of ${counted(guard.fleet, 'device')} may be handed out to or brought forward. ratchet apply ${file} --accept ${guard.plan} puts it into force.`;
}

function rank({ change }: PlanDevice): number {
  return PLAN_CHANGES.indexOf(change ?? 'other');
}

function deviceRow(device: PlanDevice): string[] {
  const { before, change = 'other' } = device;
  const both = (was: string | undefined, is: string | undefined): string => (was === is ? (is ?? '-') : `${was ?? '-'} → ${is ?? '-'}`);
  return [
    device.serial ?? device.id,
    device.platform ?? '-',
    device.osVersion ?? '-',
    WORDS[change],
    both(before?.policy, device.policy),
    both(before?.target, device.target),
    both(dateText(before?.date), dateText(device.date)),
    both(before?.reason, device.reason),
  ];
}

function reasonsText(before: Record<string, number>, after: Record<string, number>): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const rows = names
    .map((name) => ({ name, was: before[name] ?? 0, is: after[name] ?? 0 }))
    .sort((a, b) => b.is - a.is || b.was - a.was)
    .map(({ name, was, is }) => [name, String(was), String(is)]);
  return table([['REASON', 'BEFORE', 'AFTER'], ...rows]);
}

function restartsText(restarts: PlanDifference['restarts']): string {
  if (restarts.length === 0) return '';
  const rows = restarts.slice(0, DAYS_MAX).map(({ date, before, after }) => [date, String(before), String(after)]);
  const more = restarts.length > DAYS_MAX ? `… and ${counted(restarts.length - DAYS_MAX, 'more day')}\n` : '';
  return `\n${table([['INSTALL ON', 'BEFORE', 'AFTER'], ...rows])}${more}`;
}
