import type { AppSettings } from '../src/app.ts';
import type { PolicySet } from '../src/policy/policy.types.ts';
import { DAY_MS } from '../src/time/local.ts';

/** Keys both sides of the bench sign with. */
export const KEYS = { webhook: 'bench-webhook-key', dmRequest: 'bench-dm-key', dmResponse: 'bench-dm-answer-key' };

const policies: PolicySet = {
  mode: 'enforce',
  timeZone: 'Europe/Berlin',
  noticeMs: DAY_MS,
  graceReturningMs: 2 * DAY_MS,
  graceNewEnrollmentMs: 3 * DAY_MS,
  hardStopMs: 7 * DAY_MS,
  dmAdopt: false,
  policies: [
    {
      name: 'everyone',
      match: {},
      target: { kind: 'latest' },
      due: { kind: 'days', days: 7, at: '18:00' },
      mode: 'enforce',
      paused: false,
    },
  ],
};

/** As a site would set it; all signatures are on. */
export function benchSettings(pushRate: number): AppSettings {
  return {
    version: '0.0.0-bench',
    policies,
    policiesBy: 'bench',
    hostIdentity: 'bench',
    adopt: false,
    webhook: { hmacKeys: [KEYS.webhook], basic: undefined },
    ddm: { basePath: '/ddm/', requestKeys: [KEYS.dmRequest], responseKey: KEYS.dmResponse },
    api: { password: undefined, open: false },
    pushRate,
    releasesEveryMs: DAY_MS,
    sweepEveryMs: 60_000,
  };
}
