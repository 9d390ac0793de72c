import { isDeepStrictEqual } from 'node:util';
import type { Declaration } from '../../ddm/declaration.types.ts';
import { type DeclarationGroup, isOurGroup } from '../../ddm/declaration-groups.ts';
import { isEnforcementIdentifier } from '../../ddm/declarations.ts';
import type { Fetch, FetchInit } from '../../runtime.ts';
import { isAddressable } from '../api-url.ts';
import { ask, basicAuthorization, shortMessage, versionOf, withStatus } from '../ask.ts';
import type { ChannelAnswer, DeclarationChannel, KeptReport, OnWrite, PlaceAnswer } from '../declaration-channel.ts';
import { kmfddmUrls, NO_NOTIFY } from './urls.ts';

export interface KmfddmSettings {
  fetch: Fetch;
  /** e.g. `http://kmfddm:9002/v1/`; inside NanoHUB `http://nanohub:9004/api/v1/ddm/`. */
  url: string;
  /** Of the API's Basic authentication: `kmfddm`, or `nanohub`. */
  user: 'kmfddm' | 'nanohub';
  key: string;
  /** Of one call, ms. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
/** Groups of which it is known in this process that they are there; beyond it all are looked at anew. */
const KNOWN_MAX = 20_000;

/** A call that did not bring what was asked for. */
class CallError extends Error {
  readonly answer: Exclude<ChannelAnswer<unknown>, { kind: 'done' }>;

  constructor(answer: CallError['answer']) {
    super(answer.message);
    this.answer = answer;
  }
}

/**
 * KMFDDM's API, stand-alone and inside NanoHUB. A group is a set there; an enrollment has sets. Everything is asked for as it
 * is to be, so that any call can be made again. Our declarations and sets begin with "ratchet."; no other is written to.
 */
export function createKmfddmChannel({ fetch, url, user, key, timeoutMs = TIMEOUT_MS }: KmfddmSettings): DeclarationChannel {
  const urls = kmfddmUrls(url);
  const authorization = basicAuthorization(user, key);
  const isThere = new Set<string>();
  /** The end of what is under way, by group. */
  const turns = new Map<string, Promise<void>>();

  async function call(method: string, address: string, given: Pick<FetchInit, 'body'> = {}) {
    const sent = { authorization, ...(given.body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await ask(fetch, address, { method, headers: sent, timeoutMs, ...given });
    if (!answer.received) throw new CallError({ kind: 'down', message: answer.message });
    const { status, body, headers } = answer;
    if (status === 401 || status === 403) throw new CallError({ kind: 'unauthorized', message: `HTTP ${status}: it refuses our key` });
    if (body === undefined || status === 502 || status === 503 || status === 504)
      throw new CallError({ kind: 'down', message: withStatus(status, body) });
    return { status, body, headers };
  }

  /** True: it was changed; false: it was so already (304). */
  async function change(method: string, address: string, given?: Pick<FetchInit, 'body'>): Promise<boolean> {
    const { status, body } = await call(method, address, given);
    if (status !== 204 && status !== 304) throw refusal(status, body);
    return status === 204;
  }

  /** What Go makes of an empty list is null. */
  async function names(address: string): Promise<string[]> {
    const { status, body } = await call('GET', address);
    const list = status === 200 ? parseNames(body) : undefined;
    if (list === undefined) throw refusal(status, body);
    return list;
  }

  /** Reads before it writes: what is written is told of first, and the answer to a call that was carried out may get lost. */
  async function ensure({ name, declarations }: DeclarationGroup, onWrite: OnWrite): Promise<boolean> {
    const inSet = await names(urls.setDeclarations(name));
    const others: Declaration[] = [];
    for (const declaration of declarations) if (!(await isKept(declaration))) others.push(declaration);
    const wanted = declarations.map(({ Identifier }) => Identifier);
    const missing = wanted.filter((identifier) => !inSet.includes(identifier));
    const surplus = inSet.filter((identifier) => !wanted.includes(identifier));
    const isChanged = others.length + missing.length + surplus.length > 0;
    if (isChanged) await told(name, onWrite);
    // It makes a server token of its own, whatever it is given.
    for (const { Identifier, Type, Payload } of others)
      await change('PUT', `${urls.declarations}?${NO_NOTIFY}`, { body: JSON.stringify({ Identifier, Type, Payload }) });
    for (const identifier of missing) await change('PUT', urls.setDeclarations(name, identifier));
    for (const identifier of surplus) await change('DELETE', urls.setDeclarations(name, identifier));
    if (isThere.size >= KNOWN_MAX) isThere.clear();
    isThere.add(name);
    return isChanged;
  }

  async function isKept({ Identifier, Type, Payload }: Declaration): Promise<boolean> {
    const { status, body } = await call('GET', urls.declaration(Identifier));
    if (status === 404) return false;
    if (status !== 200) throw refusal(status, body);
    const kept = parseObject(body);
    return kept?.Type === Type && isDeepStrictEqual(kept.Payload, Payload);
  }

  /** One at a time for each group: of two that write it, the second would take the first's half for somebody's change. */
  function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work);
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(name, over);
    void over.then(() => {
      if (turns.get(name) === over) turns.delete(name);
    });
    return turn;
  }

  async function oursOf(enrollmentId: string): Promise<string[]> {
    return (await names(urls.enrollmentSets(enrollmentId))).filter(isOurGroup).sort();
  }

  /**
   * A date first goes and then comes: between the two a device has none, never two, and what it goes for may not come for
   * long. Everything else first comes: it is never without the status it reports, nor without the settings it keeps to.
   */
  async function place(enrollmentId: string, groups: readonly DeclarationGroup[], onWrite = nobody): Promise<PlaceAnswer> {
    let before: string[] | undefined;
    const answer = await answered(enrollmentId, async () => {
      before = await oursOf(enrollmentId);
      return { before, isChanged: await changeTo(enrollmentId, before, groups, onWrite) };
    });
    return answer.kind === 'done' || before === undefined ? answer : { ...answer, before };
  }

  async function changeTo(
    enrollmentId: string,
    before: readonly string[],
    groups: readonly DeclarationGroup[],
    onWrite: OnWrite,
  ): Promise<boolean> {
    const wanted = groups.map(({ name }) => name);
    const surplus = before.filter((name) => !wanted.includes(name));
    const missing = wanted.filter((name) => !before.includes(name));
    for (const name of surplus.filter(isEnforcementIdentifier)) await change('DELETE', urls.enrollmentSets(enrollmentId, name));
    for (const group of groups)
      await inTurn(group.name, async () => {
        if (!isThere.has(group.name)) await ensure(group, onWrite);
      });
    for (const name of missing) await change('PUT', urls.enrollmentSets(enrollmentId, name));
    for (const name of surplus) if (!isEnforcementIdentifier(name)) await change('DELETE', urls.enrollmentSets(enrollmentId, name));
    return surplus.length + missing.length > 0;
  }

  async function removeGroup(name: string): Promise<void> {
    isThere.delete(name);
    for (const identifier of await names(urls.setDeclarations(name))) {
      await change('DELETE', urls.setDeclarations(name, identifier));
      // Another set may have it: then it stays.
      if (isOurGroup(identifier)) await call('DELETE', `${urls.declaration(identifier)}?${NO_NOTIFY}`);
    }
  }

  async function readReport(enrollmentId: string, index: number): Promise<KeptReport | undefined> {
    const { status, body, headers } = await call('GET', urls.statusReport(enrollmentId, index));
    // Its key-value storage answers 500 for one that isn't there.
    if (status === 404 || (status === 500 && /out of range|not found/.test(body))) return undefined;
    if (status !== 200) throw refusal(status, body);
    const [now, at] = ['date', 'last-modified'].map((name) => instantOf(headers.get(name)));
    const ageMs = now === undefined || at === undefined ? undefined : Math.max(0, now - at);
    return { id: headers.get('x-status-report-id') ?? '', ageMs, body };
  }

  async function answered<Value>(enrollmentId: string | undefined, work: () => Promise<Value>): Promise<ChannelAnswer<Value>> {
    if (enrollmentId !== undefined && !isAddressable(enrollmentId))
      return { kind: 'refused', message: 'the enrollment id can’t be written into a URL' };
    try {
      return { kind: 'done', ...(await work()) };
    } catch (error) {
      if (error instanceof CallError) {
        // What was known of its sets may not be so any more.
        if (error.answer.kind !== 'unauthorized') isThere.clear();
        return error.answer;
      }
      return { kind: 'down', message: shortMessage(error instanceof Error ? error.message : 'the call failed') };
    }
  }

  return {
    name: urls.base,
    place,
    listPlaced: (enrollmentId) => answered(enrollmentId, async () => ({ groups: await oursOf(enrollmentId) })),
    listGroups: () => answered(undefined, async () => ({ groups: (await names(urls.sets)).filter(isOurGroup).sort() })),
    repairGroup: (group, onWrite = nobody) =>
      answered(undefined, async () => ({ isChanged: await inTurn(group.name, () => ensure(group, onWrite)) })),
    removeGroup: (name) =>
      answered(undefined, async () => {
        await inTurn(name, () => removeGroup(name));
        return {};
      }),
    readReport: (enrollmentId, index) => answered(enrollmentId, async () => ({ report: await readReport(enrollmentId, index) })),
    async probe() {
      const who = await ask(fetch, urls.version, { method: 'GET', timeoutMs });
      const version = who.received && who.status === 200 ? versionOf(who.body) : undefined;
      const told = version === undefined ? {} : { version };
      const answer = await answered(undefined, () => names(urls.sets));
      if (answer.kind === 'done') return { reachable: true, authorized: true, ...told };
      if (answer.kind === 'unauthorized') return { reachable: true, authorized: false, ...told };
      return { reachable: answer.kind === 'refused' || who.received, ...told, message: answer.message };
    },
  };
}

const nobody: OnWrite = async () => undefined;

/** Who has to know of it first could not be told: then it is not done. */
async function told(group: string, onWrite: OnWrite): Promise<void> {
  try {
    await onWrite(group);
  } catch (error) {
    throw new CallError({ kind: 'refused', message: `not written: ${shortMessage(error instanceof Error ? error.message : 'not noted')}` });
  }
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function refusal(status: number, body: string): CallError {
  return new CallError({ kind: 'refused', message: withStatus(status, errorIn(body) ?? body) });
}

function errorIn(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

function parseNames(body: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(body);
    if (list === null) return [];
    return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : undefined;
  } catch {
    return undefined;
  }
}

/** Of an HTTP date. */
function instantOf(text: string | null | undefined): number | undefined {
  const instant = text === null || text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
