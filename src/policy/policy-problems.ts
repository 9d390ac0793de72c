import { platformOf } from '../os/platform.ts';
import { latestInstantOf } from '../time/local.ts';
import { blackoutAt, blackoutsFor, firstFree } from './calendar.ts';
import { blackoutProblems } from './calendar-keys.ts';
import { commandWarnings, windowProblems } from './command-problems.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { matchProblems, matchWarnings } from './match-problems.ts';
import type { PolicyMatch, PolicySet } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';
import { ringProblems } from './ring-keys.ts';
import { ringWarnings } from './ring-warnings.ts';
import { settingsProblems, settingsWarnings } from './settings-problems.ts';
import { severityProblems } from './severity-keys.ts';
import { targetProblems, targetWarnings } from './target-problems.ts';

/**
 * What the schema can't say because it takes more than one key, and what is allowed but probably not meant.
 */

type Loose = Record<string, unknown>;

/**
 * Problems across keys. Takes the file as it was read, valid or not, so that they are told together with
 * the schema's: whatever has the wrong type is passed over here.
 */
export function crossKeyProblems(file: unknown): PolicyFinding[] {
  const root = asObject(file);
  const policies = Array.isArray(root.policies) ? root.policies.map(asObject) : [];
  return [
    ...zoneProblems(root, policies),
    ...nameProblems(policies),
    ...matchProblems(policies),
    ...targetProblems(policies),
    ...dueProblems(policies),
    ...windowProblems(policies),
    ...blackoutProblems(root.blackouts, ['blackouts']),
    ...policies.flatMap((policy, index) => blackoutProblems(policy.blackouts, ['policies', index, 'blackouts'])),
    ...ringProblems(policies),
    ...graceProblems(root),
    ...settingsProblems(root.settings, ['settings']),
    ...policies.flatMap((policy, index) => settingsProblems(policy.settings, ['policies', index, 'settings'])),
  ];
}

/** Rule 17: without a zone of its own, a device that doesn't tell one would be judged in UTC by accident. */
function zoneProblems(root: Loose, policies: Loose[]): PolicyFinding[] {
  if (root.timeZone !== undefined) return [];
  const enforces = root.mode === 'enforce' && policies.some((policy) => policy.mode === undefined || policy.mode === 'enforce');
  if (!enforces) return [];
  return [
    {
      path: ['timeZone'],
      at: 'missing',
      message: 'timeZone is missing, and a policy enforces dates',
      expected: "the IANA time zone of devices that don't tell theirs (Macs before macOS 26)",
      fix: 'add timeZone: Europe/Berlin (your own zone)',
    },
  ];
}

function nameProblems(policies: Loose[]): PolicyFinding[] {
  const firstUse = new Map<string, number>();
  const problems: PolicyFinding[] = [];
  for (const [index, { name }] of policies.entries()) {
    if (typeof name !== 'string') continue;
    const first = firstUse.get(name);
    if (first === undefined) {
      firstUse.set(name, index);
      continue;
    }
    problems.push({
      path: ['policies', index, 'name'],
      at: 'value',
      message: `the name "${name}" is already that of policies[${first}]`,
      expected: 'a name of its own: dates are kept under it',
      fix: `write name: ${name}-2, or another that says what differs`,
    });
  }
  return problems;
}

function dueProblems(policies: Loose[]): PolicyFinding[] {
  const problems: PolicyFinding[] = [];
  for (const [index, policy] of policies.entries()) {
    if (typeof policy.due !== 'object' || policy.due === null || Array.isArray(policy.due)) continue;
    const due = policy.due as Loose;
    const path = ['policies', index, 'due'];
    if (due.date !== undefined) {
      for (const key of ['days', 'at', 'weekdays', 'severity']) {
        if (due[key] === undefined) continue;
        problems.push({
          path: [...path, key],
          at: 'key',
          message: `${key} can't stand beside date`,
          expected: 'either date, or days and at',
          fix: `remove ${key}, or remove date`,
        });
      }
      continue;
    }
    problems.push(...severityProblems(due, path));
    if (due.days === undefined && due.at === undefined) {
      problems.push({
        path: [...path, 'days'],
        at: 'missing',
        message: 'due says no date',
        expected: 'either date, or days and at',
        fix: 'write due: {days: 14, at: "18:00"}',
      });
      continue;
    }
    for (const [key, example] of [
      ['days', '14'],
      ['at', '"18:00"'],
    ] as const) {
      if (due[key] !== undefined) continue;
      problems.push({
        path: [...path, key],
        at: 'missing',
        message: `${key} is missing beside ${key === 'at' ? 'days' : 'at'}`,
        expected: 'days and at together',
        fix: `add ${key}: ${example}`,
      });
    }
  }
  return problems;
}

function graceProblems(root: Loose): PolicyFinding[] {
  const grace = asObject(root.grace);
  const hardStop = durationOr(root.hardStop, '7d');
  const notice = durationOr(root.notice, '24h');
  const problems: PolicyFinding[] = [];
  for (const [key, fallback] of [
    ['returning', '48h'],
    ['newEnrollment', '72h'],
  ] as const) {
    const ms = durationOr(grace[key], fallback);
    if (hardStop === undefined || notice === undefined || ms === undefined) continue;
    const given = grace[key] !== undefined;
    if (ms > hardStop) {
      problems.push({
        path: given ? ['grace', key] : ['hardStop'],
        at: 'value',
        message: `grace.${key} (${formatDuration(ms)}) is longer than hardStop (${formatDuration(hardStop)})`,
        expected: 'a hardStop at least as long as each grace',
        fix: `write hardStop: ${formatDuration(ms)}, or shorten the grace`,
      });
    } else if (ms < notice) {
      problems.push({
        path: given ? ['grace', key] : ['notice'],
        at: 'value',
        message: `grace.${key} (${formatDuration(ms)}) is shorter than notice (${formatDuration(notice)})`,
        expected: 'each grace at least as long as the notice',
        fix: given
          ? `write ${key}: ${formatDuration(notice)}, or shorten the notice`
          : `add grace: {${key}: ${formatDuration(notice)}}, or shorten the notice`,
      });
    }
  }
  return problems;
}

/** Allowed, but probably not meant. `now` is epoch ms. */
export function policyWarnings(set: PolicySet, now: number): PolicyFinding[] {
  const warnings: PolicyFinding[] = [];
  if (set.policies.length === 0) {
    warnings.push({
      path: ['policies'],
      at: 'missing',
      message: 'there is no policy: devices are observed, none is required to update',
      expected: 'at least one policy',
      fix: 'add policies: with name, target and due',
    });
  }
  for (const [index, policy] of set.policies.entries()) {
    const path = ['policies', index];
    const warn = (key: string, message: string, expected: string, fix: string): void => {
      warnings.push({ path: [...path, key], at: 'value', message, expected, fix });
    };
    if (policy.due.kind === 'date') {
      const blackout = blackoutAt(policy.due.at, blackoutsFor(set, policy));
      const passed = latestInstantOf(policy.due.at);
      if (passed <= now)
        warn(
          'due',
          `the date ${policy.due.at} is past everywhere`,
          'a date to come',
          'devices still behind get it with notice; set a new date',
        );
      else if (passed - now < set.noticeMs)
        warn(
          'due',
          `the date ${policy.due.at} is nearer than the notice (${formatDuration(set.noticeMs)})`,
          'a later date',
          'devices that fetch it now get now + notice + 1h instead',
        );
      if (blackout !== undefined)
        warn(
          'due',
          `the date ${policy.due.at} falls into ${blackout.name === undefined ? 'a blackout' : `the blackout "${blackout.name}"`}: devices get ${firstFree(policy.due.at, policy.due.at.slice(11, 16), { blackouts: blackoutsFor(set, policy) })} instead`,
          'a date outside of blackouts',
          'move the date, or the blackout',
        );
    }
    if (policy.mode === 'enforce' && set.mode !== 'enforce')
      warn(
        'mode',
        `does not enforce: mode: ${set.mode} at the top is the ceiling`,
        'mode: enforce at the top',
        'write mode: enforce at the top when the plan looks right',
      );
    if (policy.match.platform?.every((platform) => platform === 'watchOS' || platform === 'HomePod'))
      warn(
        'match',
        'Apple offers no way to update these platforms by MDM',
        'iOS, iPadOS, macOS, tvOS or visionOS',
        'they are only observed',
      );
    warnings.push(...targetWarnings(policy, path), ...commandWarnings(policy, path), ...ringWarnings(policy, path));
    for (const model of modelsOffPlatform(policy.match))
      warn(
        'match',
        `${model} is no ${policy.match.platform?.join(' or ')}, so this can't match it`,
        'models of the platforms named',
        `remove ${model} or add its platform`,
      );
  }
  if (set.blackoutLeadMs !== undefined && !set.blackouts && !set.policies.some(({ blackouts }) => blackouts))
    warnings.push({
      path: ['blackoutLead'],
      at: 'value',
      message: 'blackoutLead stands without blackouts',
      expected: 'blackouts beside it',
      fix: 'add blackouts: ["2026-12-24"], or remove blackoutLead',
    });
  return [...warnings, ...matchWarnings(set.policies), ...settingsWarnings(set)];
}

function modelsOffPlatform(match: PolicyMatch): string[] {
  const { platform, model } = match;
  if (platform === undefined || model === undefined) return [];
  return model.filter((name) => {
    const of = platformOf(name.replace(/\*$/, ''));
    return of !== 'unknown' && !platform.includes(of);
  });
}

function durationOr(value: unknown, fallback: string): number | undefined {
  if (value === undefined) return parseDuration(fallback);
  return typeof value === 'string' ? parseDuration(value) : undefined;
}

function asObject(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}
