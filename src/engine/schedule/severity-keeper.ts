import { PLATFORM, VERSION } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { disagreements, lastingDisagreements } from '../../releases/cross-check.ts';
import { inForce, namesOf, withHeld } from '../../releases/held-severity.ts';
import { type SeverityFold, severityDigest } from '../../releases/severity.ts';
import { type Severities, type SeverityChange, SOFA_PLATFORMS } from '../../releases/severity.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { DAY_MS, type Instant } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Planner } from '../plan/plan.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import type { Standing } from '../standing.ts';
import { type AcceptSeverityAnswer, createSeverityGuard, type HeldNow } from './severity-guard.ts';

/** Without a good answer for so long SOFA counts as silent. */
const SILENT_MS = 3 * DAY_MS;

/** Keeps what SOFA told in force: in the store, in the process, in the audit log, and told to people. */
export interface SeverityKeeper {
  /**
   * Puts a fold into force, but for what would touch so many devices that a person has to say yes (rule 22). When a release is
   * more or less severe than before, every device is decided anew.
   */
  apply(fold: SeverityFold): Promise<void>;
  /** Takes up what was accepted by the settings of this start. */
  start(): Promise<void>;
  /** What waits for a person, as it would be now. */
  held(): Promise<HeldNow[]>;
  /** Puts what waits into force; only the plan that `held` names. */
  accept(plan: string, act: { by: string; note?: string }): Promise<AcceptSeverityAnswer>;
  /** Compares it with Apple's list and with the time; `askedSince` is when SOFA was first asked of what is remembered. */
  watch(askedSince: Instant): Promise<void>;
}

export interface SeverityKeeperOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  log: Logger;
  alerts: Alerts;
  planner: Pick<Planner, 'differenceOf'>;
  /** The plan that was accepted with the settings, or `any`: whatever SOFA tells counts at once. */
  acceptPlan: string | undefined;
  /** Releases are severer, or less so: every device is to be decided anew. */
  onChanged(): Promise<void>;
  /** SOFA names a release that Apple's list, as it was last read, has not: it is read once more (rule 6). */
  onNewer(): void;
}

/** Names what decisions see of it; empty while no release is severe. */
export function severitiesDigest(severities: Severities | undefined): string {
  return severities === undefined ? '' : shortHash(severityDigest(severities));
}

export function createSeverityKeeper(options: SeverityKeeperOptions): SeverityKeeper {
  const { store, standing, clock, log, alerts, onChanged, onNewer } = options;
  const guard = createSeverityGuard(options);
  /** Feeds and persons one after the other. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  /** True when a release is more or less severe by it than before. */
  async function put(told: Severities): Promise<boolean> {
    await store.saveSeverities(told);
    const severities = inForce(told);
    const digest = severitiesDigest(severities);
    const isChanged = digest !== standing.severitiesDigest;
    standing.severitiesTold = told;
    standing.severities = severities;
    standing.severitiesDigest = digest;
    return isChanged;
  }

  async function accept(plan: string, { by, note }: { by: string; note?: string }): Promise<AcceptSeverityAnswer> {
    const judged = await guard.held();
    const found = judged.find(({ difference }) => difference.guard?.plan === plan);
    if (found === undefined || standing.severitiesTold === undefined) return { ok: false, message: guard.refusal(plan, judged) };
    const { platform, releases, difference } = found;
    const { handedOut, broughtForward } = difference;
    const detail = { platform, releases: namesOf(releases), plan, handedOut, broughtForward, ...(note ? { note } : {}) };
    await store.audit({ at: clock.now(), by, act: 'severity-accepted', detail });
    const isChanged = await put(withHeld(standing.severitiesTold, platform, undefined));
    await guard.tell();
    if (isChanged) await onChanged();
    return { ok: true, accepted: found };
  }

  async function tell(change: SeverityChange): Promise<void> {
    const { platform } = change;
    switch (change.kind) {
      case 'told':
        return log.info({ [PLATFORM]: platform, [VERSION]: change.version }, 'SOFA names a new release');
      case 'severity': {
        const { version, from, to } = change;
        await store.audit({ at: clock.now(), by: 'sofa', act: 'severity', detail: { platform, version, from, to } });
        return log.info({ [PLATFORM]: platform, [VERSION]: version, from, to }, 'the severity of a release changed');
      }
      case 'doubtful':
        return alerts.raise(`sofa-doubtful ${platform}`, 'What SOFA says looks wrong: severities stay as they are.', { ...change.doubt });
      case 'doubt-ended':
        return alerts.clear(`sofa-doubtful ${platform}`);
    }
  }

  return {
    apply: ({ severities, changes }) =>
      inTurn(async () => {
        // Before it is in force: a date that is moved has its line in the audit log.
        for (const change of changes) await tell(change);
        const isChanged = await put(await guard.judge(severities));
        await guard.tell();
        const named = changes.filter(({ kind }) => kind === 'told').map(({ platform }) => platform);
        const isNewer = disagreements(standing.catalogue, severities).some(
          ({ platform, newerIn }) => newerIn === 'sofa' && named.includes(platform),
        );
        if (isNewer) onNewer();
        if (isChanged) await onChanged();
      }),
    start: () =>
      inTurn(async () => {
        for (const plan of await guard.acceptedAtStart()) await accept(plan, { by: '--accept-plan' });
      }),
    held: () => inTurn(() => guard.held()),
    accept: (plan, act) => inTurn(() => accept(plan, act)),
    async watch(askedSince) {
      const now = clock.now();
      const told = standing.severities?.platforms.filter(({ releases }) => releases.length > 0) ?? [];
      const silent = told.filter(({ goodAt }) => now - goodAt > SILENT_MS).map(({ platform }) => platform);
      // Feeds that never told anything may not exist there (v1 has two); all of them is silence.
      if (silent.length > 0 || (told.length === 0 && now - askedSince > SILENT_MS))
        await alerts.raise('sofa-silent', 'SOFA has told nothing of use for three days: new releases count as standard.', {
          platforms: silent,
        });
      else await alerts.clear('sofa-silent');
      const lasting = lastingDisagreements(standing.catalogue, standing.severities, now);
      for (const platform of SOFA_PLATFORMS) {
        const [found] = lasting.filter((one) => one.platform === platform);
        if (found === undefined) await alerts.clear(`sofa-disagrees ${platform}`);
        else
          await alerts.raise(
            `sofa-disagrees ${platform}`,
            found.newerIn === 'sofa'
              ? 'SOFA has named a release for more than a day that Apple’s list does not have.'
              : 'Apple’s list has had a release for more than a day that SOFA does not name.',
            { version: found.version, other: found.other ?? 'none', since: found.since },
          );
      }
    },
  };
}
