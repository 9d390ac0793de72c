import type { Attempt } from '../../decide/attempt.types.ts';
import { explain } from '../../decide/explain.ts';
import { newMemory } from '../../decide/input.ts';
import { known, knownExtra, observedWhen } from '../../enrollment/state.ts';
import { platformOf } from '../../os/platform.ts';
import { isExpeditedSpec, type LedgerLine } from '../../policy/ledger.ts';
import { severityIn, severityText } from '../../policy/severity.ts';
import { REASONS } from '../../reasons/reasons.ts';
import { bundleOf, type ReleasesBundle } from '../../releases/bundle.ts';
import type { Clock } from '../../runtime.ts';
import type { Gathered, Store, StoredDecision } from '../../store/store.ts';
import { localOf } from '../../time/local.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type {
  AttemptsAnswer,
  DeviceAnswer,
  DevicesAnswer,
  FleetAnswer,
  FleetHistoryAnswer,
  InboxAnswer,
  PlanAnswer,
  PlanDevice,
  ReleaseDevicesAnswer,
  ReleasesAnswer,
  RolloutsAnswer,
  TagsAnswer,
  WhyAnswer,
} from '../answers.ts';
import type { BlackoutsAnswer } from '../blackout-answers.ts';
import type { ExchangeAnswer, HistoryAnswer } from '../device-answers.ts';
import type { GateAnswer } from '../gate-answers.ts';
import type { Standing } from '../standing.ts';
import type { StatusAnswer } from '../status-answer.ts';
import { type AttemptsWanted, showAttempts } from './attempts.ts';
import { blackoutsOf } from './blackouts.ts';
import { commandsOf } from './commands.ts';
import { conflictAnswers } from './conflicts.ts';
import type { AskedDevices } from './device-query.ts';
import { allDevicesOf, devicesOf } from './devices.ts';
import { fleetHistoryOf, fleetOf } from './fleet.ts';
import { type GateWanted, gateOf } from './gate.ts';
import { exchangeOf, type HistoryWanted, historyOf } from './history.ts';
import { overridesOf } from './overrides.ts';
import { type OwnersUpdate, ownersUpdateOf } from './owners-update.ts';
import { planRow } from './plan-row.ts';
import { releaseDevicesOf } from './release-devices.ts';
import { releasesAnswer } from './releases.ts';
import { rolloutsOf } from './rollouts.ts';
import { settingsOf } from './settings.ts';
import { tagsOf } from './tags.ts';
import { nextOf, withTarget } from './words.ts';

/** What is stored, put into words. Reads only. */
export interface Show {
  /** Undefined when nothing has that id or serial number. */
  why(idOrSerial: string): Promise<WhyAnswer | undefined>;
  /** What the owner of a device is told; undefined when no page has that name, or none any more. */
  ownersUpdate(page: string): Promise<OwnersUpdate | undefined>;
  /** Page by page. Undefined when nothing has that id or serial number. */
  history(wanted: HistoryWanted): Promise<HistoryAnswer | undefined>;
  /** Undefined when it is not kept, or not of that device. */
  exchange(device: string, seq: number): Promise<ExchangeAnswer | undefined>;
  plan(): Promise<PlanAnswer>;
  /** Rejects with `DeviceQueryError` for a query that means nothing. */
  devices(query: AskedDevices): Promise<DevicesAnswer>;
  /** Every device the query means, page by page; its own `limit` and `cursor` don't count. The first page rejects as `devices` does. */
  allDevices(query: AskedDevices): AsyncGenerator<DeviceAnswer[], void, void>;
  fleet(): Promise<FleetAnswer>;
  /** Names of the policies in force, in their order. */
  policyNames(): string[];
  /** Names of their rings, each once. */
  ringNames(): string[];
  /** The last `days` UTC days up to now, as far as they were counted: HISTORY_DAYS_MAX at most. */
  fleetHistory(days: number): Promise<FleetHistoryAnswer>;
  /** Undefined when nothing has that id or serial number. */
  attempts(wanted: AttemptsWanted): Promise<AttemptsAnswer | undefined>;
  inbox(): Promise<InboxAnswer>;
  tags(): Promise<TagsAnswer>;
  rollouts(): Promise<RolloutsAnswer>;
  blackouts(): Promise<BlackoutsAnswer>;
  /** Who came to the enrollment gate. */
  gate(wanted: GateWanted): Promise<GateAnswer>;
  releases(): ReleasesAnswer;
  /** How many devices could take each release, and run it. */
  releaseDevices(): Promise<ReleaseDevicesAnswer>;
  /** For another installation; undefined while nothing is held. */
  releasesBundle(): ReleasesBundle | undefined;
  status(): Promise<StatusAnswer>;
}

const TIMELINE_MAX = 200;
/** By `why`; `attempts` has them all. */
const ATTEMPTS_SHOWN = 5;
const PARKED_MAX = 200;
const PAGE = 1_000;

/** `source` names where releases are read from. */
export function createShow(store: Store, standing: Standing, clock: Pick<Clock, 'now' | 'turn'>, source?: string): Show {
  return {
    async why(idOrSerial) {
      const id = await store.findEnrollment(idOrSerial);
      if (id === undefined) return undefined;
      const [gathered] = await store.loadForReconcile([id]);
      if (gathered?.state === undefined) return undefined;
      const attempts = await store.listAttempts({ enrollmentId: id, since: 0 }, ATTEMPTS_SHOWN);
      return whyOf(gathered, standing, await store.listTimeline(id, TIMELINE_MAX), attempts.reverse(), clock.now());
    },
    ownersUpdate: (page) => ownersUpdateOf(store, standing, clock.now(), page),
    history: (wanted) => historyOf(store, wanted),
    exchange: (device, seq) => exchangeOf(store, device, seq),
    async plan() {
      const devices: PlanDevice[] = [];
      let after = '';
      for (;;) {
        const rows = await store.listEnrollments(after, PAGE);
        for (const row of rows) devices.push(planRow(row));
        const last = rows.at(-1);
        if (last === undefined) break;
        after = last.id;
        await clock.turn();
      }
      const { heldPolicies: held } = await store.loadSite();
      return {
        schema: 'ratchet.plan/1',
        devices,
        counts: await store.countByReason(),
        ...(held === undefined ? {} : { held: { ...held } }),
      };
    },
    devices: (query) => devicesOf(store, query, standing.catalogue),
    allDevices: (query) => allDevicesOf(store, clock, query, standing.catalogue),
    fleet: () => fleetOf(store, standing, clock),
    ringNames: () => [...new Set(standing.policies.policies.flatMap(({ rings = [] }) => rings.map(({ name }) => name)))],
    policyNames: () => standing.policies.policies.map(({ name }) => name),
    fleetHistory: (days) => fleetHistoryOf(store, standing, days, clock.now()),
    attempts: (wanted) => showAttempts(store, clock, wanted),
    releases: () => releasesAnswer(standing.catalogue, source, standing.severitiesTold, standing.policies.policies),
    releaseDevices: () => releaseDevicesOf(store, standing.catalogue),
    releasesBundle: () => bundleOf(standing.catalogue, source, clock.now()),
    rollouts: () => rolloutsOf(store, standing, clock),
    blackouts: () => blackoutsOf(store, standing, clock),
    gate: (wanted) => gateOf(store, clock, wanted),
    tags: () => tagsOf(store),
    async inbox() {
      const items = await store.listParked(PARKED_MAX);
      return {
        schema: 'ratchet.inbox/1',
        items: items.map(({ receivedAt, topic, reason, detail, bytes, sha256 }) => ({
          at: receivedAt,
          topic,
          reason,
          detail,
          size: bytes,
          sha256,
        })),
      };
    },
    async status() {
      const { control } = standing;
      const { policies, heldPolicies: held } = await store.loadSite();
      return {
        schema: 'ratchet.status/1',
        state: control.held === undefined ? control.state : 'held',
        counts: await store.countByReason(),
        commands: await store.countCommands(),
        inbox: await store.countInbox(),
        alerts: (await store.listAlerts()).map(({ key, at, sentence }) => ({ key, at, sentence })),
        releasesCheckedAt: standing.catalogue?.lastCheckedAt,
        dmReached: standing.site.dmReached,
        policies: policies && {
          hash: policies.hash,
          at: policies.at,
          by: policies.by,
          ...(held === undefined ? {} : { held: { ...held } }),
        },
      };
    },
  };
}

function whyOf(
  gathered: Gathered & { state?: unknown },
  standing: Standing,
  timeline: { at: number; text: string }[],
  attempts: readonly Attempt[],
  now: number,
): WhyAnswer | undefined {
  const { state } = gathered;
  if (state === undefined) return undefined;
  const tags = standing.tags.of(state);
  const ownersPage = standing.ownersPages?.addressOf(state);
  const { decision, checks } = explain({
    now,
    enrollment: state,
    memory: gathered.memory ?? newMemory(),
    policies: standing.policies,
    tags,
    rollouts: standing.rollouts,
    ...(ownersPage === undefined ? {} : { ownersPage }),
    control: standing.control,
    ...(gathered.overrides ? { overrides: gathered.overrides } : {}),
    catalogue: standing.catalogue,
    severities: standing.severities,
    offered: standing.offered.of,
    lines: gathered.lines,
    manifest: gathered.manifest,
    commands: gathered.commands,
    push: gathered.push,
    site: standing.site,
    basis: standing.basis(),
    clockSuspect: standing.clockSuspect,
  });
  const ordered = overridesOf(gathered.overrides, now);
  const reason = REASONS[decision.reason];
  const productName = known(state, 'productName') ?? known(state, 'model');
  const version = known(state, 'osVersion');
  const extra = knownExtra(state);
  const serial = known(state, 'serialNumber');
  const name = known(state, 'deviceName');
  const supervised = known(state, 'isSupervised');
  const build = known(state, 'supplementalBuildVersion') || known(state, 'buildVersion');
  return {
    schema: 'ratchet.why/1',
    device: {
      id: state.id,
      ...(serial ? { serial } : {}),
      ...(name ? { name } : {}),
      platform: platformOf(productName),
      ...(productName ? { productName } : {}),
      ...(supervised === undefined ? {} : { supervised }),
      ...(tags.length === 0 ? {} : { tags: [...tags] }),
      lastSeenAt: state.lastSeenAt,
      ...(ownersPage === undefined ? {} : { ownersPage }),
    },
    runs: {
      ...(version ? { version: extra ? `${version} ${extra}` : version } : {}),
      ...(build ? { build } : {}),
      ...(version ? { observedAt: observedWhen(state, 'osVersion'), source: state.facts.osVersion?.source ?? '' } : {}),
    },
    ...(decision.policy
      ? {
          wants: {
            policy: decision.policy,
            ...withTarget(decision, (version, release) => ({ release, version })),
            ...(decision.enforcement?.build ? { build: decision.enforcement.build } : {}),
          },
        }
      : {}),
    ...dateOf(decision, gathered.lines),
    channel: decision.channel,
    ...(decision.channel === 'commands' ? { commands: commandsOf(state, decision, standing.policies, attempts, now) } : {}),
    ...settingsOf(decision),
    reason: decision.reason,
    sentence: reason.sentence,
    remedy: reason.remedy,
    needsPerson: reason.needsPerson,
    evidence: decision.evidence,
    ...(ordered.length === 0 ? {} : { overrides: ordered }),
    ...(decision.conflicts ? { conflicts: conflictAnswers(decision.conflicts) } : {}),
    checks: checks.map((check) => ({ ...check })),
    sent: [...gathered.commands]
      .sort((a, b) => a.createdAt - b.createdAt)
      .map((entry) => ({
        at: entry.enqueuedAt ?? entry.createdAt,
        what: `${entry.requestType} ${entry.commandUuid}`,
        state: entry.state,
        ...(entry.answer
          ? {
              answer: [entry.answer, ...(entry.errorChain ?? []).map((error) => `${error.domain} ${error.code} ${error.description}`)].join(
                ': ',
              ),
            }
          : entry.lastError
            ? { answer: entry.lastError }
            : {}),
      })),
    timeline,
    next: { text: nextOf(toStoredForNext(decision)), at: decision.recheckAt },
  };
}

function toStoredForNext(
  decision: ReturnType<typeof explain>['decision'],
): Pick<StoredDecision, 'next' | 'reason' | 'enforcement' | 'isHandedOut' | 'channel'> {
  const next = decision.wants.commands.map((want) => `${want.requestType}: ${want.because}`);
  return { ...decision, next };
}

/** How the date was derived, one sentence a step. */
function dateOf(
  { deadline, enforcement, isHandedOut, target, channel, policy }: ReturnType<typeof explain>['decision'],
  written: readonly LedgerLine[],
): Partial<WhyAnswer> {
  if (deadline === undefined || enforcement === undefined) return {};
  const zone = enforcement.zone;
  const because = isExpeditedSpec(deadline.dueSpec)
    ? 'a person expedited it (ratchet rollout show)'
    : severityText(severityIn(deadline.dueSpec));
  // The target's own line, when an earlier one binds: the others of what it misses are due in between.
  const own = written.find((line) => line.policy === policy && line.release === target?.release && line.release !== deadline.release);
  const ownWhy = own && severityText(severityIn(own.dueSpec));
  const steps = [
    ...(target ? [`${target.release} was first seen here at ${rfc3339(target.firstSeenAt)}`] : []),
    `the clock of ${deadline.release} started at ${rfc3339(deadline.clockStartAt)} (first seen, or when the policy began to require it)`,
    `${deadline.dueSpec}${because === undefined ? '' : `, because ${because}`}: due ${deadline.dueLocal} in ${deadline.zone}${deadline.zoneAssumed ? ' (assumed: the device did not tell)' : ''}`,
    ...(own ? [`${own.release} itself: ${own.dueSpec}${ownWhy === undefined ? '' : `, because ${ownWhy}`}: due ${own.dueLocal}`] : []),
    ...enforcement.adjustments.map(
      (adjustment) => `not before ${localOf(adjustment.notBefore, zone)} because of ${ADJUSTMENT[adjustment.by]}`,
    ),
    ...(channel === 'commands' ? [] : [`${isHandedOut ? 'enforced' : 'would be enforced'} at ${enforcement.local} device time`]),
  ];
  return { date: { enforced: enforcement.local, zone, zoneAssumed: enforcement.zoneAssumed, steps } };
}

const ADJUSTMENT = {
  notice: 'the notice',
  returning: 'the grace of a device that was silent past its date',
  'new-enrollment': 'the grace of a new enrollment',
  'fell-back': 'the grace of a device that fell back below its target',
  blackout: 'a blackout',
  limit: 'the limit of devices on one date',
  operator: 'more time that a person gave it',
} as const;
