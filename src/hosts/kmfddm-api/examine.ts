import { ask, basicAuthorization, withStatus } from '../ask.ts';
import { askVersion } from '../ask-version.ts';
import type { KmfddmLinks } from '../host-links.ts';
import type { KmfddmSettings } from './client.ts';
import { kmfddmUrls } from './urls.ts';

const TIMEOUT_MS = 10_000;

/** Asks a KMFDDM, alone or inside NanoHUB, which it is and for the names of its sets. Never rejects; throws a TypeError when the URL is none. */
export async function examineKmfddm({ fetch, url, user, key }: Omit<KmfddmSettings, 'timeoutMs'>): Promise<KmfddmLinks> {
  const urls = kmfddmUrls(url);
  const [version, answer] = await Promise.all([
    askVersion(fetch, urls.version, TIMEOUT_MS),
    ask(fetch, urls.sets, { method: 'GET', headers: { authorization: basicAuthorization(user, key) }, timeoutMs: TIMEOUT_MS }),
  ]);
  const common = { url: urls.base };
  if (!answer.received) return { version, api: { ...common, verdict: 'unreached', message: answer.message } };
  const { status, body, headers } = answer;
  const message = withStatus(status, body);
  if (status === 401 || status === 403) {
    const isNanoHub = /NanoHUB/.test(headers.get('www-authenticate') ?? '');
    return { version, api: { ...common, verdict: 'unauthorized', message, isNanoHub } };
  }
  const isApi = status === 200 && isNames(body);
  return { version, api: isApi ? { ...common, verdict: 'right' } : { ...common, verdict: 'other', message } };
}

/** Of an empty list Go makes null. */
function isNames(body: string | undefined): boolean {
  try {
    const names: unknown = JSON.parse(body ?? '');
    return names === null || (Array.isArray(names) && names.every((name) => typeof name === 'string'));
  } catch {
    return false;
  }
}
