import type { AppSettings, Ports, Ratchet } from './app.types.ts';
import { createAlerting } from './engine/alerting/alerting.ts';
import { createDispatcher } from './engine/dispatch/dispatcher.ts';
import { createFirstContact } from './engine/first-contact.ts';
import { checkHealth } from './engine/health.ts';
import { loadLoad } from './engine/load.ts';
import { createOfferedKeeper } from './engine/offered.ts';
import { claimStore } from './engine/operate/claim-store.ts';
import { createNameEnrollments } from './engine/operate/name-enrollments.ts';
import { createOperate } from './engine/operate/operate.ts';
import { createOperatePolicies, policiesAtStart } from './engine/operate/policies.ts';
import { createOperateReleases } from './engine/operate/releases.ts';
import { createOperateTags } from './engine/operate/tags.ts';
import { takeUpBackup } from './engine/operate/take-up-backup.ts';
import { createTokens } from './engine/operate/tokens.ts';
import { createPlanner, type GivenPolicies } from './engine/plan/plan.ts';
import { createReceiveWebhook } from './engine/receive/receive-webhook.ts';
import { shortHash } from './engine/reconcile/reconcile-one.ts';
import { type Committed, createReconciler } from './engine/reconcile/reconciler.ts';
import { createJudgeExpedite } from './engine/rollout/expedite.ts';
import { createRollouts } from './engine/rollout/rollouts.ts';
import { createBlackoutWatch } from './engine/schedule/blackout-watch.ts';
import { catalogueDigest, createCatalogueKeeper } from './engine/schedule/catalogue-keeper.ts';
import { createClockJudge } from './engine/schedule/clock-judge.ts';
import { createFleetHistory } from './engine/schedule/fleet-history.ts';
import { createFleetWatch } from './engine/schedule/fleet-watch.ts';
import { createReadReleases } from './engine/schedule/read-releases.ts';
import { createReadSofa } from './engine/schedule/read-sofa.ts';
import { createScheduler } from './engine/schedule/scheduler.ts';
import { createSeverityKeeper, severitiesDigest } from './engine/schedule/severity-keeper.ts';
import { createSteadyClock } from './engine/schedule/steady-clock.ts';
import { createServeDdm } from './engine/serve-ddm/serve-ddm.ts';
import { createShow } from './engine/show/show.ts';
import { loadStanding } from './engine/standing.ts';
import { watchStore } from './engine/store-watch.ts';
import { createWeb } from './web/web.ts';

export type { AppSettings, Ports, Ratchet } from './app.types.ts';

/** Puts the house together. Demo, tests and the real process all come through here. */
export async function createRatchet(ports: Ports, settings: AppSettings): Promise<Ratchet> {
  const { host, wire, feed, ids, random, log, decodePlist } = ports;
  const clock = createSteadyClock(ports.clock);
  const store = watchStore(ports.store, clock, log);
  await claimStore(store, settings.hostIdentity, settings.adopt, clock.now());
  await takeUpBackup(store, clock.now());
  const given = givenBy(settings);
  const inForce = await policiesAtStart(store, given, clock.now(), log);
  const standing = await loadStanding(store, inForce.policies, inForce.hash, catalogueDigest, severitiesDigest);
  standing.load = await loadLoad(store);
  const isClockDoubted = () => standing.clockSuspect !== undefined;
  const alerting = createAlerting({ ...ports, store, clock, isClockDoubted, version: settings.version, settings: settings.alerts });
  const common = { store, standing, clock, log, alerts: alerting.alerts, onChanged: everyoneAnew };

  const onUnknownOurs = (id: string) => contact.unknownOurs(id);
  const reconciler = createReconciler({ ...common, ids, onCommitted: afterCommit, onUnknownOurs });
  const dispatcher = createDispatcher({ ...common, host, reconciler, isClockDoubted, random, pushRate: settings.pushRate });
  const askFeed = () => scheduler.readReleasesSoon();
  const clockJudge = createClockJudge({ ...common, hasFeedTime: feed?.tellsTime ?? false, askFeed });
  clock.onJump(() => scheduler.checkClock());
  const { releasesEveryMs, sweepEveryMs } = settings;
  const keeper = createCatalogueKeeper(common);
  const releases = feed && createReadReleases({ ...common, feed, keeper, clockJudge, everyMs: releasesEveryMs });
  const fleetWatch = createFleetWatch({ ...common, host });
  const watches = { blackoutWatch: createBlackoutWatch(common), fleetHistory: createFleetHistory(common), fleetWatch };
  const timed = { ...watches, clockJudge, releases, releasesEveryMs, sweepEveryMs };
  const scheduler = createScheduler({ ...common, ...timed, random, reconciler });
  const planner = createPlanner(store, standing, clock);
  const guarded = { ...common, planner, acceptPlan: settings.acceptPlan };
  const severities = createSeverityKeeper({ ...guarded, onNewer: askFeed });
  const sofaTiming = { feeds: ports.sofa ?? [], everyMs: settings.sofaEveryMs ?? releasesEveryMs };
  const sofa = createReadSofa({ ...common, ...sofaTiming, random, keeper: severities });
  const contact = createFirstContact({ ...common, kick: () => scheduler.kick() });
  const operate = createOperate({ ...common, reconciler, clockJudge });
  const operateReleases = createOperateReleases({ store, standing, clock, keeper, releases });
  const offers = createOfferedKeeper({ ...common, onDue: () => scheduler.kick() });
  const operateTags = createOperateTags(guarded);
  const rollouts = createRollouts({ ...common, judgeExpedite: createJudgeExpedite(guarded) });
  const operatePolicies = createOperatePolicies({ ...guarded, configHash: given.hash });
  const nameEnrollments = createNameEnrollments({ store, reconciler, clock, log });
  const tokens = createTokens({ store, clock, ids, log });
  await tokens.start();
  const show = createShow(store, standing, clock, releases?.source);
  const receive = fleetWatch.ofWebhook(createReceiveWebhook({ wire, store, reconciler, clock, isClockDoubted, decodePlist, log }));
  const serveDdm = fleetWatch.ofDdm(createServeDdm({ store, standing, reconciler, clock, log, onReached: contact.reached }));

  const health = () => checkHealth(store, clock, scheduler.heartbeat().sweptAt, sweepEveryMs);
  const acts = { operate, operatePolicies, operateReleases, nameEnrollments, operateTags, rollouts, severities, alerting, tokens };
  const shown = { show, planner, now: clock.now };
  const { mainApp, ddmApp } = createWeb({ settings, ...acts, ...shown, wire, receive, serveDdm, health, log, clock, ids });

  function afterCommit({ hasWork, recheckAt, demands, offered }: Committed): void {
    rollouts.demand(demands);
    offers.note(offered);
    if (hasWork) dispatcher.kick();
    scheduler.expect(recheckAt);
  }

  /** What holds for everyone changed. Noted last: a process that dies before it is noted does it again at its next start. */
  async function makeEveryoneDue(): Promise<void> {
    const dueBasis = standing.basis();
    await store.makeDue(clock.now());
    await store.saveSite({ dueBasis });
  }

  async function everyoneAnew(): Promise<void> {
    await makeEveryoneDue();
    scheduler.kick();
    await scheduler.idle();
    dispatcher.kick();
  }

  return {
    fetch: (request, address) => mainApp.fetch(request, { address }),
    fetchDdm: (request) => ddmApp.fetch(request),
    operate,
    rollouts,
    operatePolicies,
    show,
    standing,
    now: clock.now,
    async start() {
      // First: whatever is decided from now on rests on it.
      await clockJudge.check();
      await alerting.start();
      await reconciler.start();
      await contact.tellHeld();
      if (inForce.isChanged) await operatePolicies.load(given, true);
      if ((await store.loadSite()).dueBasis !== standing.basis()) await makeEveryoneDue();
      await scheduler.start();
      await severities.start();
      await sofa.start();
      rollouts.start();
      dispatcher.kick();
    },
    async stop() {
      await rollouts.stop();
      await offers.idle();
      for (const part of [sofa, scheduler, reconciler, dispatcher, alerting]) await part.stop();
    },
    async idle() {
      for (const part of [reconciler, offers, scheduler, rollouts, dispatcher, alerting]) await part.idle();
    },
  };
}

function givenBy({ policies, policiesBy, policiesSha256: sha256 }: AppSettings): GivenPolicies {
  return { policies, hash: shortHash(policies), file: policiesBy, ...(sha256 === undefined ? {} : { sha256 }) };
}
