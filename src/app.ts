import type { AppSettings, Ports, Ratchet } from './app.types.ts';
import { createAlerting } from './engine/alerting/alerting.ts';
import { createDispatcher } from './engine/dispatch/dispatcher.ts';
import { createFirstContact } from './engine/first-contact.ts';
import { openForwarding } from './engine/forward/forwarding.ts';
import { createGate } from './engine/gate/gate.ts';
import { checkHealth } from './engine/health.ts';
import { loadLoad } from './engine/load.ts';
import { createOfferedKeeper } from './engine/offered.ts';
import { createActs } from './engine/operate/acts.ts';
import { claimStore } from './engine/operate/claim-store.ts';
import { givenBy, policiesAtStart } from './engine/operate/policies.ts';
import { takeUpBackup } from './engine/operate/take-up-backup.ts';
import { openOwnersPages } from './engine/owners-pages.ts';
import { createPlanner } from './engine/plan/plan.ts';
import { createReceiveWebhook } from './engine/receive/receive-webhook.ts';
import { type Committed, createReconciler } from './engine/reconcile/reconciler.ts';
import { createJudgeExpedite } from './engine/rollout/expedite.ts';
import { createRollouts } from './engine/rollout/rollouts.ts';
import { createBlackoutWatch } from './engine/schedule/blackout-watch.ts';
import { catalogueDigest, createCatalogueKeeper } from './engine/schedule/catalogue-keeper.ts';
import { createClockJudge } from './engine/schedule/clock-judge.ts';
import { makeEveryoneDue } from './engine/schedule/everyone-due.ts';
import { createFleetHistory } from './engine/schedule/fleet-history.ts';
import { createFleetWatch } from './engine/schedule/fleet-watch.ts';
import { createReadReleases } from './engine/schedule/read-releases.ts';
import { createReadSofa } from './engine/schedule/read-sofa.ts';
import { createScheduler } from './engine/schedule/scheduler.ts';
import { createSeverityKeeper, severitiesDigest } from './engine/schedule/severity-keeper.ts';
import { createAnswerDdm } from './engine/serve-ddm/answer-ddm.ts';
import { createShow } from './engine/show/show.ts';
import { createShowSystem } from './engine/show/system.ts';
import { loadStanding } from './engine/standing.ts';
import { watchedPorts } from './engine/watched-ports.ts';
import { createWeb } from './web/web.ts';

export type { AppSettings, Ports, Ratchet } from './app.types.ts';

/** Puts the house together. Demo, tests and the real process all come through here. */
export async function createRatchet(outside: Ports, settings: AppSettings): Promise<Ratchet> {
  const { ports, metrics, watch, changes } = watchedPorts(outside, settings.version);
  const { store, host, clock, wire, feed, ids, random, log, decodePlist } = ports;
  await claimStore(store, settings.hostIdentity, settings.adopt, clock.now());
  await takeUpBackup(store, clock.now());
  const given = givenBy(settings);
  const inForce = await policiesAtStart(store, given, clock.now(), log);
  const standing = await loadStanding(store, inForce.policies, inForce.hash, catalogueDigest, severitiesDigest);
  standing.load = await loadLoad(store);
  standing.ownersPages = await openOwnersPages(store, ids, settings.publicUrl);
  const isClockDoubted = () => standing.clockSuspect !== undefined;
  const alerting = createAlerting({ ...ports, store, clock, isClockDoubted, version: settings.version, settings: settings.alerts });
  const common = { store, standing, clock, log, alerts: alerting.alerts, ...metrics, onChanged: everyoneAnew };

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
  const offers = createOfferedKeeper({ ...common, onDue: () => scheduler.kick() });
  const rollouts = createRollouts({ ...common, judgeExpedite: createJudgeExpedite(guarded) });
  const acts = await createActs({ ...guarded, ids, decodePlist, reconciler, clockJudge, keeper, releases, configHash: given.hash });
  const show = createShow(store, standing, clock, releases?.source);
  const onDeclarative = () => ddm.heard();
  const received = createReceiveWebhook({ wire, store, reconciler, clock, isClockDoubted, decodePlist, log, onDeclarative });
  const forwarding = await openForwarding({ ...ports, ...common, version: settings.version, settings: settings.forward });
  const receive = forwarding.after(watch.webhook(fleetWatch.ofWebhook(received)));
  const others = { upstream: watch.upstream(ports.upstream), channel: watch.channel(ports.channel) };
  const ddm = createAnswerDdm({ ...common, ...others, host, reconciler, onReached: contact.reached });
  const serveDdm = watch.declarations(fleetWatch.ofDdm(ddm.answer));

  const health = () => checkHealth(store, clock, scheduler.heartbeat().sweptAt, sweepEveryMs);
  const watched = { ...common, ddm, forwarding, watch, health };
  const system = createShowSystem({ ...watched, settings, source: releases?.source, sofaFeeds: sofaTiming.feeds });
  const counted = { ...metrics, scrape: () => metrics.scrape({ ...watched, show }) };
  const gate = createGate({ ...ports, ...common, settings: settings.gate });
  const told = { rollouts, severities, alerting, enrollmentGate: gate };
  const shown = { show, system, planner, changes, now: clock.now, metrics: counted, refusals: watch.refusals };
  const { mainApp, ddmApp, publicApp, hangUp } = createWeb({ settings, ...acts, ...told, ...shown, ...ports, receive, serveDdm, health });

  function afterCommit({ hasWork, recheckAt, demands, offered, manifests }: Committed): void {
    ddm.changed(manifests);
    rollouts.demand(demands);
    offers.note(offered);
    if (hasWork) dispatcher.kick();
    scheduler.expect(recheckAt);
  }

  async function everyoneAnew(): Promise<void> {
    await makeEveryoneDue(common);
    scheduler.kick();
    await scheduler.idle();
    dispatcher.kick();
  }

  return {
    fetch: (request, address) => mainApp.fetch(request, { address }),
    fetchDdm: (request) => ddmApp.fetch(request),
    fetchPublic: (request) => publicApp.fetch(request),
    operate: acts.operate,
    rollouts,
    operatePolicies: acts.operatePolicies,
    show,
    standing,
    now: clock.now,
    hangUp,
    async start() {
      // First: whatever is decided from now on rests on it.
      await clockJudge.check();
      await alerting.start();
      await reconciler.start();
      await contact.tellHeld();
      if (inForce.isChanged) await acts.operatePolicies.load(given, true);
      if ((await store.loadSite()).dueBasis !== standing.basis()) await makeEveryoneDue(common);
      await scheduler.start();
      await severities.start();
      await sofa.start();
      await ddm.start();
      rollouts.start();
      await forwarding.start();
      dispatcher.kick();
    },
    async stop() {
      hangUp();
      await rollouts.stop();
      await offers.idle();
      for (const part of [ddm, sofa, scheduler, reconciler, dispatcher, forwarding, alerting]) await part.stop();
    },
    async idle() {
      for (const part of [ddm, reconciler, offers, scheduler, rollouts, dispatcher, forwarding, alerting]) await part.idle();
    },
  };
}
