import type { Host } from '../../hosts/host.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import { conflictSentence } from '../alerting/conflict-sentence.ts';
import {
  ACTIVE_DEVICES_COUNTED,
  ACTIVE_WITHIN_MS,
  type Contacts,
  devicesText,
  exploitedNews,
  heardDdm,
  heardWebhook,
  silenceOf,
} from '../alerting/judge-fleet.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';

/** Raises the alerts that are about the fleet and not about one device: one for all of them, with their number. */
export interface FleetWatch {
  /** Passes calls of the webhook through, and notes that there are some. */
  ofWebhook<Given extends unknown[], Result>(serve: (...given: Given) => Result): (...given: Given) => Result;
  /** The same for requests of devices on the -dm listener. */
  ofDdm<Given extends unknown[], Result>(serve: (...given: Given) => Result): (...given: Given) => Result;
  /** Looks if some minutes have passed since the last look. */
  look(): Promise<void>;
}

export interface FleetWatchOptions {
  store: Pick<Store, 'countDevices' | 'listDevices' | 'listAlerts' | 'countConflicts' | 'listConflicting'>;
  standing: Pick<Standing, 'clockSuspect' | 'severities'>;
  host: Pick<Host, 'capabilities'>;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
}

/** Counting 100,000 devices takes some 15 ms. */
const LOOK_EVERY_MS = 10 * MINUTE_MS;
const NAMED_MAX = 5;
const EXPLOITED = 'exploited-release ';

export function createFleetWatch({ store, standing, host, clock, alerts }: FleetWatchOptions): FleetWatch {
  let contacts: Contacts = { startedAt: clock.now() };
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** When it was last told that the webhook is silent; absent: it was not, or what an earlier process told is cleared. */
  let silentAt: Instant | undefined = Number.NEGATIVE_INFINITY;
  let wasInDoubt = false;

  async function countOf(reason: 'overdue' | 'bootstrap-token-suspected'): Promise<number> {
    const [counted] = await store.countDevices(['reason'], { reasons: [reason] });
    return counted?.devices ?? 0;
  }

  async function tellDates(): Promise<void> {
    const count = await countOf('overdue');
    if (count === 0) return alerts.clear('dates-missed');
    const what = count === 1 ? '1 device was seen after its date and reports' : `${count} devices were seen after their date and report`;
    await alerts.refresh('dates-missed', `${what} no progress.`, { count });
  }

  async function tellTokens(): Promise<void> {
    const count = await countOf('bootstrap-token-suspected');
    if (count === 0) return alerts.clear('bootstrap-token-suspected');
    const who =
      count === 1 ? '1 Mac was refused authorisation to install: its' : `${count} Macs were refused authorisation to install: their`;
    await alerts.refresh('bootstrap-token-suspected', `${who} bootstrap token is probably not escrowed.`, { count });
  }

  async function tellExploited(now: Instant): Promise<void> {
    const exposed = await store.countDevices(['platform'], { isExposed: true });
    const raised = new Set<string>();
    for (const { platform, versions, exploited } of exploitedNews(standing.severities, now)) {
      const count = exposed.filter((each) => sofaPlatformOf(each.platform) === platform).reduce((sum, { devices }) => sum + devices, 0);
      if (count === 0) continue;
      const key = `exploited-release ${platform} ${versions[0]}` as const;
      raised.add(key);
      const fixes = `${versions.length === 1 ? 'fixes' : 'fix'} ${exploited === 1 ? 'a vulnerability that is' : `up to ${exploited} vulnerabilities that are`} known to be exploited`;
      const miss = `${devicesText(count)} ${count === 1 ? 'misses' : 'miss'} such a fix`;
      await alerts.refresh(key, `${platform} ${versions.join(', ')} ${fixes}; ${miss}.`, { platform, versions, count });
    }
    for (const { key } of await store.listAlerts()) if (key.startsWith(EXPLOITED) && !raised.has(key)) await alerts.clear(key);
  }

  async function tellConflicts(): Promise<void> {
    const told = conflictSentence(await store.countConflicts());
    if (told === undefined) return alerts.clear('foreign-updates');
    const ofKinds = await Promise.all((['enforcement', 'update-command'] as const).map((kind) => store.listConflicting(kind, NAMED_MAX)));
    const devices = [...new Set(ofKinds.flat())].sort().slice(0, NAMED_MAX);
    await alerts.refresh('foreign-updates', told.sentence, { count: told.count, devices });
  }

  async function tellSilence(now: Instant): Promise<void> {
    const { devices } = await store.listDevices({ sort: 'lastSeenAt', isDescending: true, limit: ACTIVE_DEVICES_COUNTED });
    const active = devices.filter(({ summary }) => now - summary.lastSeenAt < ACTIVE_WITHIN_MS).length;
    const silence = silenceOf(contacts, host.capabilities.webhookCarriesDdm, active, now);
    if (silence !== undefined) {
      silentAt = now;
      await alerts.refresh('webhook-silent', silence.sentence, { since: silence.since, active });
    } else if (contacts.webhookAt !== undefined && silentAt !== undefined && contacts.webhookAt >= silentAt) {
      // It ends only when something is heard. After a week of silence no device counts as seen lately, and that is no sign of it.
      await alerts.clear('webhook-silent');
      silentAt = undefined;
    }
  }

  return {
    ofWebhook:
      (serve) =>
      (...given) => {
        contacts = heardWebhook(contacts, clock.now());
        return serve(...given);
      },
    ofDdm:
      (serve) =>
      (...given) => {
        contacts = heardDdm(contacts, clock.now());
        return serve(...given);
      },
    async look() {
      const now = clock.now();
      // By a clock in doubt nobody was seen lately, and everything is old; what it noted means nothing to the right one.
      if (standing.clockSuspect !== undefined) {
        wasInDoubt = true;
        return;
      }
      if (wasInDoubt) contacts = { startedAt: now };
      wasInDoubt = false;
      if (now - lookedAt < LOOK_EVERY_MS) return;
      await tellSilence(now);
      await tellDates();
      await tellTokens();
      await tellExploited(now);
      await tellConflicts();
      lookedAt = now;
    },
  };
}

/** iPads stand in the feed of iOS. */
function sofaPlatformOf(platform: string): string {
  return platform === 'iPadOS' ? 'iOS' : platform;
}
