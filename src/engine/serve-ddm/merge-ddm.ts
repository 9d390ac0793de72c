import { isOurs } from '../../ddm/declarations.ts';
import type { DdmEndpoint } from '../../ddm/endpoint.ts';
import { type DeclarationItems, type TokensAnswer, timestampAfter, tokensAnswer } from '../../ddm/manifest.ts';
import { countItems, type ItemLists, readItemLists, tokenIn, unionOf } from '../../ddm/union.ts';
import type { DdmUpstream, UpstreamAnswer } from '../../hosts/ddm-upstream.ts';
import { ENROLLMENT_ID, PATH, REASON } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import { rfc3339 } from '../../time/rfc3339.ts';
import type { Alerts } from '../alerts.ts';
import { createForeignBodies } from './foreign-bodies.ts';
import { isNamed, type NamingOptions } from './is-named.ts';
import { channelOf, type DdmAnswer, type DdmRequest, listsOf, NOTHING } from './serve-ddm.ts';
import type { StatusRelay } from './status-relay.ts';

/** So long the last whole union is answered while the other server is down; then an error, never less (rule 31). */
export const LAST_WHOLE_MS = 72 * HOUR_MS;
/** So long it is not asked after it was not reached: every device would wait for it. */
const REST_MS = 5_000;
/** That it still says the same is noted again after so long. */
const HEARD_EVERY_MS = HOUR_MS;
/** So many others are asked for when it has nothing any more for one. */
const OTHERS_ASKED = 3;
/** Not reached for so long: an alert. */
const DOWN_AFTER_MS = 2 * MINUTE_MS;

export interface MergeDdmOptions {
  upstream: DdmUpstream;
  /** Our own answers. */
  serve(request: DdmRequest): Promise<DdmAnswer>;
  relay: Pick<StatusRelay, 'take'>;
  store: Pick<Store, 'findEnrollment' | 'listEnrollments' | 'findManifest' | 'findUpstream' | 'saveUpstream' | 'listUpstreamHolders'>;
  reconciler: NamingOptions['reconciler'];
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  log: Logger;
  /** The device is answered this declaration of the other server. */
  onForeign?(enrollmentId: string, body: string): Promise<void>;
}

/**
 * Answers devices in front of another declarative-management server: its manifest and ours in one, its declarations by their
 * identifiers, status to both (rule 31). What the union lacks the device removes, so it is whole or an error.
 */
export function createMergeDdm({
  upstream,
  serve,
  relay,
  store,
  reconciler,
  clock,
  alerts,
  log,
  onForeign = async () => undefined,
}: MergeDdmOptions): (request: DdmRequest) => Promise<DdmAnswer> {
  const bodies = createForeignBodies();
  let restsUntil = 0;
  /** `isOfLists`: it is reached, but what it lists can't be had; then an answer to something else says nothing. */
  let trouble: { since: Instant; isOfLists: boolean } | undefined;
  /** So long the others are not asked for again. */
  let isWellUntil = 0;
  let isLostUntil = 0;
  /** It answers, and not for any of the others that are asked for. */
  let untoldSince: Instant | undefined;

  return async function mergeDdm(request) {
    try {
      if (!(await isOursToAnswer(request))) return await passOn(request);
      const { endpoint } = request;
      if (endpoint.kind === 'status') return await takeStatus(request);
      if (endpoint.kind === 'declaration')
        return isOurs(endpoint.identifier) ? await serve(request) : await serveTheirs(request, endpoint.identifier);
      return await serveUnion(request);
    } catch (error) {
      log.error(
        { [ENROLLMENT_ID]: request.enrollmentId, [PATH]: request.endpoint.kind, err: error },
        'declarative management request failed; answered 500',
      );
      return FAILED;
    }
  };

  /** User channels, and whoever nothing has named, are the other server's alone. */
  async function isOursToAnswer({ enrollmentId, type }: DdmRequest): Promise<boolean> {
    const channel = channelOf({ ...(type === undefined ? {} : { type }) });
    return channel === 'device' || (channel === 'unknown' && (await isNamed(enrollmentId, { store, reconciler })));
  }

  /** Its answer as it is, but not that there is nothing any more when it has lost its store. */
  async function passOn(request: DdmRequest): Promise<DdmAnswer> {
    const answer = await ask(request);
    if (answer.kind === 'answer' && (await isEmptied(request, answer.body))) return refuse(request, EMPTIED);
    if (answer.kind === 'answer') return { status: 200, body: answer.body };
    return answer.kind === 'refused' ? { status: answer.status, body: '' } : refuse(request, answer.message);
  }

  /** What it lists for a channel that is its alone is not noted: what it lists for others tells whether it lost its store. */
  async function isEmptied(request: DdmRequest, body: string): Promise<boolean> {
    const { kind } = request.endpoint;
    if ((kind !== 'tokens' && kind !== 'declaration-items') || clock.now() < isWellUntil) return false;
    const read = readItemLists(body);
    const lists = kind === 'tokens' ? await listsOfTheirs(request, false) : read.ok && read.lists;
    if (typeof lists !== 'object' || countItems(lists) > 0) return false;
    return (await whyEmpty(request, false)) !== 'meant';
  }

  /** Ours first: what the device says is known, whatever becomes of the other copy. */
  async function takeStatus(request: DdmRequest): Promise<DdmAnswer> {
    const answer = await serve(request);
    if (answer.status === 200) relay.take(request);
    return answer;
  }

  async function serveUnion(request: DdmRequest): Promise<DdmAnswer> {
    const theirs = await theirsFor(request);
    if (typeof theirs === 'string') return refuse(request, theirs);
    const answered = await serve(request);
    if (answered.status !== 200) return answered;
    const ours = await oursIn(request, answered);
    if (ours === undefined) return refuse(request, 'its own manifest is gone');
    const union = unionOf(ours, theirs.lists);
    const changedAt = await noteUnion(request.enrollmentId, theirs, union.DeclarationsToken);
    const told = request.endpoint.kind === 'tokens' ? tokensAnswer(union.DeclarationsToken, rfc3339(changedAt)) : union;
    return { status: 200, body: JSON.stringify(told) };
  }

  /** What we list for the device, as it was just answered: with its tokens its items are those of the committed manifest. */
  async function oursIn({ endpoint, enrollmentId }: DdmRequest, { body }: DdmAnswer): Promise<ItemLists | undefined> {
    if (endpoint.kind === 'declaration-items') return (JSON.parse(body) as DeclarationItems).Declarations;
    const manifest = await store.findManifest(enrollmentId);
    if (manifest !== undefined) return listsOf(manifest);
    const { SyncTokens } = JSON.parse(body) as TokensAnswer;
    return SyncTokens.DeclarationsToken === NOTHING.token ? listsOf(NOTHING) : undefined;
  }

  async function noteUnion(id: string, { lists, heardAt, before }: Theirs, token: string): Promise<Instant> {
    const isNew = before?.token !== token;
    const changedAt = isNew || before === undefined ? timestampAfter(before?.changedAt, clock.now()) : before.changedAt;
    const isSame = before !== undefined && JSON.stringify(before.lists) === JSON.stringify(lists);
    if (isNew || !isSame || heardAt - before.heardAt >= HEARD_EVERY_MS) await store.saveUpstream(id, { lists, heardAt, token, changedAt });
    return changedAt;
  }

  interface Theirs {
    lists: ItemLists;
    heardAt: Instant;
    before: Awaited<ReturnType<typeof store.findUpstream>>;
  }

  /** What the other server lists for the device now, or did when it was last heard; or why that can't be told. */
  async function theirsFor(request: DdmRequest): Promise<Theirs | string> {
    const id = request.enrollmentId;
    const before = await store.findUpstream(id);
    const heard = await listsOfTheirs(request);
    if (typeof heard !== 'string') {
      if (countItems(heard) > 0 || (await whyEmpty(request, before !== undefined && countItems(before.lists) > 0)) === 'meant') {
        await alerts.clear('upstream-emptied');
        return { lists: heard, heardAt: clock.now(), before };
      }
    }
    const because = typeof heard === 'string' ? heard : EMPTIED;
    if (before === undefined) return `${because}, and it was never heard for this device`;
    if (clock.now() - before.heardAt > LAST_WHOLE_MS) return `${because}, for longer than the last union counts`;
    return { lists: before.lists, heardAt: before.heardAt, before };
  }

  /** `isNoted`: what it answers tells how it is; of channels that are its alone nothing is noted. */
  async function listsOfTheirs(request: DdmRequest, isNoted = true): Promise<ItemLists | string> {
    const answer = await ask({ ...request, endpoint: { kind: 'declaration-items' }, body: NO_BODY });
    if (answer.kind === 'down') return `${upstream.name}: ${answer.message}`;
    const read = answer.kind === 'answer' ? readItemLists(answer.body) : { ok: false as const, detail: answer.message };
    if (read.ok) {
      if (isNoted) await noteWell(true);
      return read.lists;
    }
    if (isNoted) await noteTrouble(read.detail, true);
    return `${upstream.name}: ${read.detail}`;
  }

  /**
   * Why it has nothing for this device. It has something for one of the others that it had something for: a person wanted it
   * so. It had something for this one alone: then that may be its whole store, unless there is no other device. What it has
   * for none of the others could be had: nobody can tell.
   */
  async function whyEmpty(request: DdmRequest, hadItems: boolean): Promise<'meant' | 'lost' | 'untold'> {
    if (clock.now() < isWellUntil) return 'meant';
    if (clock.now() < isLostUntil) return 'lost';
    const others = await store.listUpstreamHolders(request.enrollmentId, OTHERS_ASKED);
    let heard = 0;
    for (const enrollmentId of others) {
      const lists = await listsOfTheirs(requestFor(enrollmentId, request));
      if (typeof lists === 'string') continue;
      heard += 1;
      if (countItems(lists) === 0) continue;
      isWellUntil = clock.now() + REST_MS;
      return 'meant';
    }
    if (others.length > 0 && heard === 0) {
      untoldSince ??= clock.now();
      if (clock.now() - untoldSince >= DOWN_AFTER_MS) await tellEmptied();
      return 'untold';
    }
    untoldSince = undefined;
    if (others.length === 0) {
      const isAlone = !hadItems || (await store.listEnrollments('', 2)).every(({ id }) => id === request.enrollmentId);
      if (isAlone) return 'meant';
    } else isLostUntil = clock.now() + REST_MS;
    await tellEmptied();
    return 'lost';
  }

  async function tellEmptied(): Promise<void> {
    await alerts.raise('upstream-emptied', `${upstream.name} lists nothing any more for devices it had declarations for.`, {
      upstream: upstream.name,
    });
  }

  async function serveTheirs(request: DdmRequest, identifier: string): Promise<DdmAnswer> {
    const answer = await ask(request);
    const listed = await listedToken(request.enrollmentId, identifier);
    if (answer.kind === 'answer') {
      const serverToken = tokenOf(answer.body) ?? listed;
      if (serverToken !== undefined) bodies.keep({ identifier, serverToken, enrollmentId: request.enrollmentId, body: answer.body });
      await onForeign(request.enrollmentId, answer.body);
      return { status: 200, body: answer.body };
    }
    if (answer.kind === 'refused' && !(await isStillListed(request, identifier, listed))) return { status: answer.status, body: '' };
    const kept = listed === undefined ? undefined : bodies.find(identifier, listed, request.enrollmentId);
    if (kept === undefined) return refuse(request, answer.message);
    await onForeign(request.enrollmentId, kept);
    return { status: 200, body: kept };
  }

  /** A server that has lost its store has not got the bodies either of what is listed in its stead. */
  async function isStillListed(request: DdmRequest, identifier: string, listed: string | undefined): Promise<boolean> {
    if (listed === undefined) return false;
    const theirs = await theirsFor(request);
    return typeof theirs !== 'string' && tokenIn(theirs.lists, identifier) === listed;
  }

  async function listedToken(id: string, identifier: string): Promise<string | undefined> {
    const before = await store.findUpstream(id);
    return before && tokenIn(before.lists, identifier);
  }

  async function ask(request: DdmRequest): Promise<UpstreamAnswer> {
    if (clock.now() < restsUntil) return { kind: 'down', message: `${upstream.name} was not reached just now` };
    const answer = downIfBroken(await upstream.ask(request));
    if (answer.kind === 'down') {
      restsUntil = clock.now() + REST_MS;
      await noteTrouble(answer.message, false);
    } else if (answer.kind === 'answer' && trouble?.isOfLists !== true) await noteWell(false);
    return answer;
  }

  async function noteTrouble(message: string, isOfLists: boolean): Promise<void> {
    if (trouble === undefined) log.warn({ err: message }, 'the other declaration server is not reached, or does not say what it lists');
    trouble = { since: trouble?.since ?? clock.now(), isOfLists: isOfLists || trouble?.isOfLists === true };
    if (clock.now() - trouble.since < DOWN_AFTER_MS) return;
    const what = isOfLists ? 'does not say what it lists' : 'is not reached';
    await alerts.raise('upstream-down', `${upstream.name} ${what}: ${message}.`, { upstream: upstream.name });
  }

  /** Also what a former process raised is over then; but not before lists were had, which it may have been about. */
  async function noteWell(hasLists: boolean): Promise<void> {
    if (trouble !== undefined) log.info({}, 'the other declaration server is reached again');
    trouble = undefined;
    if (!hasLists) return;
    await alerts.clear('upstream-down');
    await alerts.clear('upstream-missing');
  }

  function refuse({ enrollmentId, endpoint }: { enrollmentId: string; endpoint: DdmEndpoint }, because: string): DdmAnswer {
    log.info(
      { [ENROLLMENT_ID]: enrollmentId, [PATH]: endpoint.kind, [REASON]: because },
      'declarative management request refused with 500',
    );
    return FAILED;
  }
}

const NO_BODY = new Uint8Array();
const EMPTIED = 'it lists nothing any more for many devices';
const FAILED: DdmAnswer = { status: 500, body: '' };

/** What is noted is of device channels; below NanoMDM 0.9 and behind MicroMDM no type is told. */
function requestFor(enrollmentId: string, { type }: DdmRequest): DdmRequest {
  const endpoint = { kind: 'declaration-items' } as const;
  return { endpoint, enrollmentId, body: NO_BODY, ...(type === undefined ? {} : { type: 'Device' }) };
}

/** Its store fails, as it seems: of what a device only asks for, nothing can be wrong. */
function downIfBroken(answer: UpstreamAnswer): UpstreamAnswer {
  return answer.kind === 'refused' && answer.status >= 500 ? { kind: 'down', message: answer.message } : answer;
}

/** A declaration names its own. */
function tokenOf(body: string): string | undefined {
  try {
    const { ServerToken } = JSON.parse(body) as { ServerToken?: unknown };
    return typeof ServerToken === 'string' ? ServerToken : undefined;
  } catch {
    return undefined;
  }
}
