import { json, text } from './go.ts';
import type { SimKmfddmOptions } from './kmfddm.types.ts';
import type { KmfddmStore } from './kmfddm-store.ts';
import { headerOf, NOTHING, textOf, type WireRequest, type WireResponse } from './wire.ts';

export interface KmfddmApiOptions extends Pick<SimKmfddmOptions, 'apiKey' | 'apiUser' | 'notify' | 'now'> {
  apiPrefix: string;
  store: KmfddmStore;
}

/** KMFDDM's API (http/api/v1.go). What it changes it tells the devices, unless `nonotify` says not to. */
export function createKmfddmApi(options: KmfddmApiOptions): (request: WireRequest, url: URL) => WireResponse {
  const { store, apiPrefix, apiUser = 'kmfddm', notify, now } = options;
  const realm = apiUser === 'kmfddm' ? 'kmfddm' : 'NanoHUB API';

  function tell(url: URL, ids: string[]): string | undefined {
    const isQuiet = !['', '0', 'false', 'no', 'off'].includes((url.searchParams.get('nonotify') ?? '').toLowerCase());
    return isQuiet || ids.length === 0 ? undefined : notify?.(ids);
  }

  function declarations(request: WireRequest, url: URL, id: string | undefined, isTouch: boolean): WireResponse {
    if (id === undefined) {
      if (request.method === 'GET') return line(200, [...store.declarations.keys()]);
      if (request.method !== 'PUT') return METHOD_NOT_ALLOWED;
      return putDeclaration(request, url);
    }
    if (isTouch) {
      if (!store.touch(id)) return line(404, { error: 'declaration not found' });
      tell(url, store.enrollmentsWith(store.setsOf(id)));
      return changed(true);
    }
    if (request.method === 'GET') {
      const found = store.declarations.get(id);
      if (found === undefined)
        return line(404, { error: `declaration not found: getting dcl.${id}.token: key not found: dcl.${id}.token` });
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: new Uint8Array(Buffer.from(found.raw)) };
    }
    if (request.method !== 'DELETE') return METHOD_NOT_ALLOWED;
    const { inSets, isChanged } = store.delete(id);
    if (inSets > 0) return line(500, { error: `txn rolled back: declaration is referenced by ${inSets} sets` });
    return changed(isChanged);
  }

  function putDeclaration(request: WireRequest, url: URL): WireResponse {
    let content: unknown;
    try {
      content = JSON.parse(textOf(request.body));
    } catch (error) {
      return line(400, { error: (error as Error).message });
    }
    const stored = store.put((content ?? {}) as Parameters<KmfddmStore['put']>[0]);
    if (stored === undefined) return line(400, { error: 'invalid declaration' });
    const { Identifier } = content as { Identifier: string };
    if (stored.isChanged) tell(url, store.enrollmentsWith(store.setsOf(Identifier)));
    return changed(stored.isChanged);
  }

  /** Adds to a set, or takes away. */
  function setDeclarations(method: string, url: URL, set: string): WireResponse {
    if (method === 'GET') return line(200, orNull(store.inSet(set)));
    const declaration = url.searchParams.get('declaration') ?? '';
    if (declaration === '') return line(500, { error: 'empty declaration' });
    if (method === 'PUT' && !store.declarations.has(declaration)) return line(500, { error: 'declaration not found' });
    const isChanged = store.changeSet(set, declaration, method === 'PUT');
    return told(isChanged, isChanged ? tell(url, store.enrollmentsWith([set])) : undefined);
  }

  function enrollmentSets(method: string, url: URL, id: string): WireResponse {
    if (method === 'GET') return line(200, orNull(store.setsOfEnrollment(id)));
    const set = url.searchParams.get('set') ?? '';
    if (set === '') return line(500, { error: 'empty set name' });
    const isChanged = store.changeEnrollment(id, set, method === 'PUT');
    return told(isChanged, isChanged ? tell(url, [id]) : undefined);
  }

  function removeAllSets(url: URL, id: string): WireResponse {
    const sets = store.setsOfEnrollment(id);
    for (const set of sets) store.changeEnrollment(id, set, false);
    return told(sets.length > 0, sets.length > 0 ? tell(url, [id]) : undefined);
  }

  function statusReport(url: URL, id: string): WireResponse {
    const asked = url.searchParams.get('index');
    if (asked === null) return line(500, { error: 'empty index' });
    const index = Number(asked);
    const found = Number.isInteger(index) ? store.reportsOf(id)[index] : undefined;
    if (!Number.isInteger(index)) return line(400, { error: `strconv.ParseInt: parsing ${JSON.stringify(asked)}: invalid syntax` });
    if (found === undefined) return line(500, { error: `index out of range: too high (${index})` });
    const headers = {
      ...{ 'Content-Type': 'application/json', 'Last-Modified': new Date(found.at).toUTCString() },
      Date: new Date(now()).toUTCString(),
      ...{ 'X-Status-Report-Id': found.id, 'X-Status-Report-Index': String(found.index) },
    };
    return { status: 200, headers, body: found.body };
  }

  function notifyNamed(url: URL): WireResponse {
    const sets = [...url.searchParams.getAll('set'), ...url.searchParams.getAll('declaration').flatMap((id) => store.setsOf(id))];
    notify?.([...new Set([...url.searchParams.getAll('id'), ...store.enrollmentsWith(sets)])]);
    return { status: 204, headers: {}, body: NOTHING };
  }

  return (request, url) => {
    const expected = `Basic ${Buffer.from(`${apiUser}:${options.apiKey}`).toString('base64')}`;
    if (headerOf(request.headers, 'authorization') !== expected) {
      const unauthorized = text(401, 'Unauthorized\n');
      return { ...unauthorized, headers: { ...unauthorized.headers, 'Www-Authenticate': `Basic realm="${realm}"` } };
    }
    const { method } = request;
    const [kind, id, rest] = url.pathname
      .slice(apiPrefix.length + 1)
      .split('/')
      .map(decodeURIComponent);
    if (kind === 'declarations') return declarations(request, url, id, method === 'POST' && rest === 'touch');
    if (kind === 'sets' && method === 'GET') return line(200, orNull(store.setNames()));
    if (kind === 'notify' && method === 'POST') return notifyNamed(url);
    if (kind === 'enrollment-sets-all' && method === 'DELETE' && id === 'sets' && rest !== undefined) return removeAllSets(url, rest);
    if (id !== undefined && rest === undefined) {
      if (kind === 'set-declarations') return setDeclarations(method, url, id);
      if (kind === 'enrollment-sets') return enrollmentSets(method, url, id);
      if (kind === 'declaration-sets' && method === 'GET') return line(200, orNull(store.setsOf(id)));
      if (kind === 'status-report' && method === 'GET') return statusReport(url, id);
    }
    return text(404, '404 page not found\n');
  };
}

const METHOD_NOT_ALLOWED = text(405, 'Method Not Allowed\n');

/** Go's encoder ends in a line feed. */
function line(status: number, value: unknown): WireResponse {
  const { headers } = json(status, value);
  return { status, headers, body: new Uint8Array(Buffer.from(`${JSON.stringify(value)}\n`)) };
}

/** What Go makes of a list that was never begun. */
function orNull(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

function changed(isChanged: boolean): WireResponse {
  return { status: isChanged ? 204 : 304, headers: {}, body: NOTHING };
}

/** Only inside NanoHUB is an error of the push told, though all is stored. */
function told(isChanged: boolean, error: string | undefined): WireResponse {
  return error === undefined ? changed(isChanged) : line(500, { error });
}
