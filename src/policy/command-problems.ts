import type { Policy } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** Rule 25: a sign of life is good for 10 minutes and 60 must be left after it: in less, no install command would ever fit. */
const WINDOW_MIN = 70;

/** Windows of policies as they were read, valid or not. */
export function windowProblems(policies: readonly Record<string, unknown>[]): PolicyFinding[] {
  return policies.flatMap(({ windows }, index) => {
    const list: unknown[] = Array.isArray(windows) ? windows : [];
    return list.flatMap((entry, at): PolicyFinding[] => {
      const { from, to } = (entry ?? {}) as Record<string, unknown>;
      const [begins, ends] = [minuteOf(from), minuteOf(to)];
      if (begins === undefined || ends === undefined) return [];
      // Not later than from is on the next day.
      const minutes = ends > begins ? ends - begins : ends - begins + 1440;
      if (minutes >= WINDOW_MIN) return [];
      return [
        {
          path: ['policies', index, 'windows', at, 'to'],
          at: 'value',
          message: `the window is ${minutes} minutes long: no install command would ever fit into it`,
          expected: `at least ${WINDOW_MIN} minutes (a command needs an hour before the window closes, and a sign of life before that)`,
          fix: `write to: "${timeOfDay(begins + WINDOW_MIN)}" or later`,
        },
      ];
    });
  });
}

function minuteOf(text: unknown): number | undefined {
  const [, hour, minute] = (typeof text === 'string' && /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text)) || [];
  return hour === undefined ? undefined : Number(hour) * 60 + Number(minute);
}

function timeOfDay(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
}

/** What commands can't do, or do beyond what their keys seem to say (rules 20, 26, 27). */
export function commandWarnings({ channel, windows, commands = {} }: Policy, path: (string | number)[]): PolicyFinding[] {
  const found: PolicyFinding[] = [];
  const warn = (keys: string[], message: string, expected: string, fix: string): void => {
    found.push({ path: [...path, ...keys], at: 'value', message, expected, fix });
  };
  if (channel === 'commands')
    warn(
      ['channel'],
      "commands work up to OS 26 only, and on iPhones and iPads with a passcode they can't enforce: the owner has to enter it",
      'auto, unless the devices are in Single App Mode or the -dm of the server can not be used',
      'write channel: auto, or leave it as it is and look for waiting-for-passcode in the plan',
    );
  if (channel === 'declarations' && windows !== undefined)
    warn(
      ['windows'],
      'never used: windows are for update commands, and channel: declarations sends none',
      'channel: auto beside windows',
      'remove windows: a declaration is installed at its date (due.at)',
    );
  if (channel === 'declarations' && Object.keys(commands).length > 0)
    warn(
      ['commands'],
      'never used: channel: declarations sends no update commands',
      'channel: auto or commands',
      'remove commands, or write channel: auto',
    );
  for (const [index, { from, to }] of (windows ?? []).entries())
    if (from === to)
      found.push({
        path: [...path, 'windows', index, 'to'],
        at: 'value',
        message: `from and to are both ${from}: the window is open for 24 hours`,
        expected: 'an hour at which it closes',
        fix: `write to: "${timeOfDay((minuteOf(from) ?? 0) + 240)}", or leave it if all day is meant`,
      });
  if (commands.forceRestart && channel !== 'declarations')
    warn(
      ['commands', 'forceRestart'],
      'Macs restart at once without asking, and unsaved work is lost',
      'Macs on which nobody works during the windows',
      'remove forceRestart: Macs then count down before they restart (InstallASAP)',
    );
  if (commands.userDeferrals !== undefined && windows !== undefined)
    warn(
      ['commands', 'userDeferrals'],
      'beside windows: the command is sent within a window, but Apple picks the hour of the installation (InstallLater)',
      'windows, or userDeferrals',
      'remove userDeferrals if Macs must not restart outside the windows',
    );
  if (commands.notifyOnly && commands.userDeferrals !== undefined)
    warn(
      ['commands', 'notifyOnly'],
      'beside userDeferrals: users are only notified until InstallLater is sent in the first window, which installs before the date',
      'notifyOnly, or userDeferrals',
      'remove userDeferrals if nothing is to be installed before the date',
    );
  return found;
}
