import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import { finishEnqueue, lease } from '../../src/delivery/enqueue.ts';
import { createOfferedKeeper } from '../../src/engine/offered.ts';
import type { Changed } from '../../src/engine/place/changed.ts';
import type { Milestone } from '../../src/engine/reconcile/milestones.ts';
import { createReconciler } from '../../src/engine/reconcile/reconciler.ts';
import { createServeDdm, type DdmAnswer, type DdmRequest } from '../../src/engine/serve-ddm/serve-ddm.ts';
import { createStanding } from '../../src/engine/standing.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import { silentLogger } from '../../src/logger.ts';
import type { DeviceInformation, EnrollmentType } from '../../src/mdm/messages.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import type { Clock } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { catalogue, DEVICE, NOW, PHONE, policySet } from '../decide/builders.ts';

/** The real reconciler and -dm use case over a store in memory, with a clock that stands until it is set. */
export function createHouse({ policies = policySet(), releases = catalogue(), store: wrap = (store: Store) => store } = {}) {
  let now = NOW;
  let uuids = 0;
  const clock: Clock = {
    now: () => now,
    at: () => undefined,
    cancel: () => undefined,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
  const store = wrap(openSqliteStore({ file: ':memory:', clock }));
  const standing = createStanding(
    policies,
    'hash',
    {
      host: undefined,
      site: { dmReached: true },
      control: { state: 'running', pausedPolicies: [], held: undefined },
      policies: undefined,
      feed: undefined,
      lastCommitAt: 0,
      dueBasis: undefined,
      clockDoubt: undefined,
      createdAt: 0,
      tagsRevision: 0,
      rolloutsRevision: 0,
    },
    releases,
    'digest',
  );
  const uuid = () => {
    uuids += 1;
    return `uuid-${uuids}`;
  };
  const offers = createOfferedKeeper({ store, standing, clock, log: silentLogger, onDue: () => undefined });
  const milestones: Milestone[] = [];
  const reconciler = createReconciler({
    store,
    standing,
    clock,
    ids: { uuid },
    log: silentLogger,
    onCommitted({ offered, manifests }) {
      offers.note(offered);
      house.onManifests(manifests);
    },
    onUnknownOurs: () => undefined,
    onMilestones: (reached) => milestones.push(...reached),
  });
  const serve = createServeDdm({ store, standing, reconciler, clock, log: silentLogger, onReached: async () => undefined });

  async function hear(body: EventBody, id = DEVICE, type: EnrollmentType = 'Device'): Promise<void> {
    await store.append([{ subject: { id, type }, event: { observedAt: now, receivedAt: now, body } }]);
    reconciler.wake([id]);
    await reconciler.idle();
  }

  /** One request of the device channel; `more` for other channels and bodies. */
  async function ask(path: string, more: Partial<DdmRequest> = {}): Promise<DdmAnswer & { json: never }> {
    const endpoint = parseEndpoint(path);
    if (endpoint === undefined) throw new Error(`no endpoint: ${path}`);
    const answer = await serve({ endpoint, enrollmentId: DEVICE, type: 'Device', body: new Uint8Array(), ...more });
    return { ...answer, json: (answer.body === '' ? undefined : JSON.parse(answer.body)) as never };
  }

  const house = {
    /** Called with the manifests of each commit. */
    onManifests: (_manifests: readonly Changed[]): void => undefined,
    clock,
    store,
    standing,
    reconciler,
    offers,
    milestones,
    serve,
    hear,
    ask,
    setNow: (instant: number) => {
      now = instant;
    },
    /** It enrolled long ago, says what it is, and is seen now. */
    async enroll(info: DeviceInformation = {}, id = DEVICE): Promise<void> {
      await hear({ kind: 'message', message: { kind: 'TokenUpdate' } }, id);
      const deviceInformation = {
        productName: PHONE,
        osVersion: '40.5',
        buildVersion: '40F50',
        isSupervised: true,
        timeZone: 'Europe/Berlin',
        ...info,
      };
      await hear(
        { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'other', deviceInformation } },
        id,
      );
    },
    /** What the dispatcher does with a host that takes everything: the types of what was sent. */
    async dispatch(): Promise<string[]> {
      const sent: string[] = [];
      // The store gives one of each enrollment at a time.
      for (let due = await store.listDueCommands(now, 100); due.length > 0; due = await store.listDueCommands(now, 100)) {
        for (const entry of due) {
          const leased = lease(entry, now);
          await store.saveCommand(leased);
          await store.saveCommand(finishEnqueue(leased, { kind: 'queued' }, now));
          sent.push(entry.requestType);
          reconciler.wake([entry.enrollmentId]);
        }
        await reconciler.idle();
      }
      return sent;
    },
    /** Enrolled, and sent its DeclarativeManagement command. */
    async invite(): Promise<void> {
      await house.enroll();
      await house.dispatch();
    },
    async policies(change: PolicySet): Promise<void> {
      standing.policies = change;
      standing.policiesHash = JSON.stringify(change);
    },
    catalogue(change: Catalogue): void {
      standing.catalogue = change;
      standing.catalogueDigest = JSON.stringify(change.releases);
    },
    async gathered(id = DEVICE) {
      await reconciler.idle();
      const [gathered] = await store.loadForReconcile([id]);
      if (gathered === undefined) throw new Error('nothing loaded');
      return gathered;
    },
  };
  return house;
}

export type House = ReturnType<typeof createHouse>;
