import { createHash } from 'node:crypto';
import { buildDeclarations } from '../../ddm/declarations.ts';
import { decodeStatusReport } from '../../ddm/decode-status-report.ts';
import type { DdmEndpoint } from '../../ddm/endpoint.ts';
import { type DeclarationItems, tokensAnswer } from '../../ddm/manifest.ts';
import { takesPart } from '../../decide/checks.ts';
import { newMemory } from '../../decide/input.ts';
import type { Enforcement, Manifest, ManifestItem } from '../../decide/manifest.ts';
import { ALWAYS, NEVER } from '../../decide/next-manifest.ts';
import { reportsOurs } from '../../decide/ours.ts';
import { hasToldHoldings } from '../../decide/read-back.ts';
import type { EventBody, EventSubject } from '../../enrollment/event.ts';
import { ENROLLMENT_ID, PATH, REASON } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { EnrollmentType } from '../../mdm/messages.ts';
import { noticeOf } from '../../policy/notice.ts';
import type { Clock } from '../../runtime.ts';
import type { ManifestHead, Store } from '../../store/store.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';
import { isNamed } from './is-named.ts';

/** One request of the host's -dm hook. The device waits for the answer and chose the path. */
export interface DdmRequest {
  endpoint: DdmEndpoint;
  /** X-Enrollment-ID. */
  enrollmentId: string;
  /** X-Enrollment-Type; absent below NanoMDM 0.9. */
  type?: string;
  /** X-Enrollment-ParentID, for user channels. */
  parentId?: string;
  /** Body of a status report. */
  body: Uint8Array;
}

export interface DdmAnswer {
  /** 200, 500 or 503; of another server's answer that is passed on unchanged, whatever it says. */
  status: number;
  /** JSON text, or empty. */
  body: string;
}

export interface ServeDdmOptions {
  store: Store;
  standing: Standing;
  reconciler: Pick<Reconciler, 'wakeSoon' | 'settle' | 'isAwake' | 'isWaiting'>;
  clock: Clock;
  log: Logger;
  /** The first request ever has reached the listener. */
  onReached(): Promise<void>;
}

const FOREIGN = 'it takes part in someone else’s declarative management';
/** Of a device that has nothing of ours. */
export const NOTHING: Manifest = {
  ...{ token: buildDeclarations({ subscriptions: undefined }).token, changedAt: 0, items: [], former: [] },
  ...{ answerableUntil: ALWAYS, isInvited: false, basis: '' },
};
const UNREAD = 'the data folder came out of a backup, and it has not told yet what it holds';

/**
 * Answers devices from committed manifests. A manifest is whole or the request fails with 500: an empty or
 * partial 200 would make the device remove what it holds (promise 7). Everything heard of the device before
 * is folded first, and a manifest that time or a change has overtaken is decided anew before it is answered.
 */
export function createServeDdm({
  store,
  standing,
  reconciler,
  clock,
  log,
  onReached,
}: ServeDdmOptions): (request: DdmRequest) => Promise<DdmAnswer> {
  return async function serveDdm(request) {
    try {
      if (!standing.site.dmReached) await onReached();
      const channel = channelOf(request);
      if (channel === 'user') return await serveUserChannel(request);
      if (channel === 'unknown') {
        // Ids of user channels are "device:user" there too.
        const colon = request.enrollmentId.indexOf(':');
        if (colon > 0) return await serveUserChannel({ ...request, parentId: request.enrollmentId.slice(0, colon) });
        if (!(await isNamed(request.enrollmentId, { store, reconciler }))) return refuse(request, 'nothing has named this id');
      }
      return await serveDevice(request);
    } catch (error) {
      log.error(
        { [ENROLLMENT_ID]: request.enrollmentId, [PATH]: request.endpoint.kind, err: error },
        'declarative management request failed; answered 500',
      );
      return { status: 500, body: '' };
    }
  };

  async function serveDevice(request: DdmRequest): Promise<DdmAnswer> {
    const { endpoint, enrollmentId } = request;
    if (endpoint.kind === 'status') return takeStatus(request);
    if (endpoint.kind === 'tokens') {
      const head = await current(request, store.findManifestHead);
      return typeof head === 'string' ? refuse(request, head) : answer(tokensAnswer(head.token, rfc3339(head.timestamp ?? head.changedAt)));
    }
    const manifest = await current(request, store.findManifest);
    if (typeof manifest === 'string') return refuse(request, manifest);
    switch (endpoint.kind) {
      case 'declaration-items':
        await heard(request, { kind: 'ddm-answer', endpoint: 'declaration-items', token: manifest.token });
        return answer(itemsAnswer(manifest));
      case 'declaration':
        return serveDeclaration(request, manifest, endpoint.declarationKind, endpoint.identifier, enrollmentId);
    }
  }

  /** The committed manifest, after a fresh decision where it needs one; or why it is not answered. */
  async function current<M extends ManifestHead>(request: DdmRequest, find: (id: string) => Promise<M | undefined>): Promise<M | string> {
    const id = request.enrollmentId;
    let manifest = await find(id);
    if (manifest?.isInvited && isFresh(manifest, id)) return manifest;
    // A contact the decision has to know of: a device that returns gets its grace with this very answer.
    await heard(request, { kind: 'ddm-contact' });
    await settle(id);
    manifest = await find(id);
    if (manifest?.answerableUntil === NEVER) return UNREAD;
    if (manifest?.isInvited) return manifest;
    await heard(request, { kind: 'ddm-uninvited', endpoint: request.endpoint.kind });
    if (!takesPart(standing)) return FOREIGN;
    await settle(id);
    return (await find(id)) ?? ((await hasNothingOfOurs(id)) ? (NOTHING as Manifest & M) : FOREIGN);
  }

  /**
   * Nothing was ever listed for it, and nothing is to be (`observe`, no policy, an OS too old): behind us another server has
   * what it holds, and that is all it is answered. Held, after a restore, or where it tells of declarations of ours from
   * before this store, an answer without ours would take them from it.
   */
  async function hasNothingOfOurs(id: string): Promise<boolean> {
    const { site, control } = standing;
    if (site.mergesDdm !== true || control.held !== undefined) return false;
    const [gathered] = await store.loadForReconcile([id]);
    if (gathered?.state === undefined || gathered.manifest !== undefined) return false;
    const { state, memory = newMemory() } = gathered;
    if (!hasToldHoldings({ control, enrollment: state, memory, now: clock.now() })) return false;
    return !reportsOurs(state) || control.knowsForeignStore === true;
  }

  function isFresh({ basis, answerableUntil }: ManifestHead, id: string): boolean {
    return !reconciler.isAwake(id) && basis === standing.basis() && clock.now() < answerableUntil;
  }

  async function settle(id: string): Promise<void> {
    if (!(await reconciler.settle(id))) throw new Error('the enrollment would not settle: its manifest may be overtaken');
  }

  async function serveDeclaration(
    request: DdmRequest,
    manifest: Manifest,
    kind: string,
    identifier: string,
    enrollmentId: string,
  ): Promise<DdmAnswer> {
    const listed = findListed(manifest, identifier);
    if (listed === undefined || listed.item.kind !== kind || !listed.isFetchable)
      return refuse(request, 'no manifest answered to it lists this declaration, or it was taken back');
    const { enforcement } = listed;
    if (enforcement !== undefined && standing.clockSuspect !== undefined)
      return refuse(request, 'the clock is in doubt: no date is handed out');
    if (enforcement !== undefined && enforcement.earliestAt < clock.now() + noticeOf(standing.policies, enforcement)) {
      await heard(request, { kind: 'ddm-refused', identifier });
      return refuse(request, 'its date has lost its notice');
    }
    const declaration = await store.findDeclaration(identifier);
    if (declaration === undefined || declaration.ServerToken !== listed.item.serverToken) return refuse(request, 'its body is missing');
    await heard({ ...request, enrollmentId }, { kind: 'ddm-answer', endpoint: 'declaration', identifier });
    return answer(declaration);
  }

  /** 200 as soon as it is stored, also when it can't be read: anything else would bring the same report again. */
  async function takeStatus(request: DdmRequest): Promise<DdmAnswer> {
    const report = decodeStatusReport(Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength).toString('utf8'));
    if (report.ok) {
      // Who reports is in declarative management; in whose, is known by who was invited (rule 30).
      const isInvited = (await store.findManifestHead(request.enrollmentId))?.isInvited;
      const uninvited: EventBody[] = isInvited ? [] : [{ kind: 'ddm-uninvited', endpoint: request.endpoint.kind }];
      await heard(request, { kind: 'status-report', report: report.value }, ...uninvited);
    } else {
      await store.park({
        receivedAt: clock.now(),
        topic: 'ddm status',
        reason: 'status-report-not-json',
        detail: report.detail.slice(0, 300),
        bytes: request.body.byteLength,
        sha256: createHash('sha256').update(request.body).digest('hex'),
      });
      await heard(request, { kind: 'ddm-contact' });
    }
    return { status: 200, body: '' };
  }

  /** User channels of devices that are ours get a valid empty manifest: software update is the device channel's. */
  async function serveUserChannel(request: DdmRequest): Promise<DdmAnswer> {
    const { endpoint, parentId } = request;
    if (endpoint.kind === 'status') return { status: 200, body: '' };
    const parent = parentId === undefined ? undefined : await store.findManifest(parentId);
    if (!parent?.isInvited) {
      await noteUninvitedUser(request);
      return refuse(request, FOREIGN);
    }
    const empty = buildDeclarations({ subscriptions: undefined });
    if (endpoint.kind === 'tokens') return answer(tokensAnswer(empty.token, rfc3339(0)));
    if (endpoint.kind === 'declaration-items')
      return answer({ Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] }, DeclarationsToken: empty.token });
    return refuse(request, 'user channels hold no declarations of ours');
  }

  /** Rule 30 counts user channels in: inviting their device would take from them what they hold of someone else's. */
  async function noteUninvitedUser(request: DdmRequest): Promise<void> {
    const { endpoint, parentId, type } = request;
    if (parentId === undefined) return;
    // Without a type the id is only text: it registers nobody.
    if (type === undefined && (await store.findEnrollment(parentId)) !== parentId) return;
    const deviceType = type === 'User Enrollment' ? 'User Enrollment (Device)' : 'Device';
    await heard({ ...request, enrollmentId: parentId, type: deviceType }, { kind: 'ddm-uninvited', endpoint: endpoint.kind });
  }

  /** On disk before the device is answered: what it fetched is what later decisions rest on. */
  async function heard(request: DdmRequest, ...bodies: EventBody[]): Promise<void> {
    const now = clock.now();
    const subject: EventSubject = { id: request.enrollmentId, type: (request.type as EnrollmentType | undefined) ?? 'Device' };
    const stamp = { observedAt: now, receivedAt: now, ...(standing.clockSuspect === undefined ? {} : { isClockDoubted: true as const }) };
    await store.append(bodies.map((body) => ({ subject, event: { ...stamp, body } })));
    reconciler.wakeSoon([subject.id], 'something');
  }

  function refuse(request: DdmRequest, because: string): DdmAnswer {
    log.info(
      { [ENROLLMENT_ID]: request.enrollmentId, [PATH]: request.endpoint.kind, [REASON]: because },
      'declarative management request refused with 500',
    );
    return { status: 500, body: '' };
  }
}

/** By its type; `unknown` below NanoMDM 0.9, which tells none. */
export function channelOf({ type }: Pick<DdmRequest, 'type'>): 'device' | 'user' | 'unknown' {
  if (type === undefined) return 'unknown';
  return type === 'Device' || type === 'User Enrollment (Device)' ? 'device' : 'user';
}

interface Listed {
  item: ManifestItem;
  isFetchable: boolean;
  enforcement: Enforcement | undefined;
}

function findListed(manifest: Manifest, identifier: string): Listed | undefined {
  const item = manifest.items.find((candidate) => candidate.identifier === identifier);
  if (item)
    return { item, isFetchable: true, enforcement: manifest.enforcement?.identifier === identifier ? manifest.enforcement : undefined };
  const former = manifest.former.find((candidate) => candidate.identifier === identifier);
  return former && { item: former, isFetchable: former.fetchable, enforcement: former.enforcement };
}

function itemsAnswer(manifest: Manifest): DeclarationItems {
  return { Declarations: listsOf(manifest), DeclarationsToken: manifest.token };
}

/** What a manifest lists, as the device reads it. */
export function listsOf(manifest: Pick<Manifest, 'items'>): DeclarationItems['Declarations'] {
  const list = (kind: ManifestItem['kind']) =>
    manifest.items.filter((item) => item.kind === kind).map((item) => ({ Identifier: item.identifier, ServerToken: item.serverToken }));
  return { Activations: list('activation'), Assets: list('asset'), Configurations: list('configuration'), Management: list('management') };
}

function answer(value: unknown): DdmAnswer {
  return { status: 200, body: JSON.stringify(value) };
}
