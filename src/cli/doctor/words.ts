import { formatListen, isLoopback } from '../../config/setting-values.ts';
import { flagOf } from '../../config/settings.ts';
import type { ListenAddress, Origins, SettingName, Settings } from '../../config/settings.types.ts';
import type { HostName } from '../../hosts/capabilities.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import type { LinkReport } from './doctor.types.ts';

export const ok = (finding: string): LinkReport => ({ status: 'ok', finding });
export const warning = (finding: string, fix: string): LinkReport => ({ status: 'warning', finding, fix });
export const broken = (finding: string, fix: string): LinkReport => ({ status: 'broken', finding, fix });
export const unknown = (finding: string, fix?: string): LinkReport => ({
  status: 'unknown',
  finding,
  ...(fix === undefined ? {} : { fix }),
});
export const skipped = (finding: string): LinkReport => ({ status: 'skipped', finding });

/** "4 min", "3 h", "5 days". */
export function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1_000))} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`;
}

export function ago(at: Instant, now: Instant): string {
  return `${span(now - at)} ago`;
}

/** Which value the other side has to have, without telling it: "the value of RATCHET_DM_HMAC_KEY". */
export function secretName(name: SettingName, origins: Origins): string {
  const { kind, name: from, path } = origins[name];
  if (path !== undefined) return `the content of ${path}`;
  return `the value of ${kind === 'flag' || kind === 'environment' ? from : flagOf(name)}`;
}

/** The same for a shell, to be pasted: "$(cat dm.key)". */
function secretInShell(name: SettingName, origins: Origins): string {
  const { kind, name: from, path } = origins[name];
  if (path !== undefined) return `$(cat ${path})`;
  return kind === 'environment' ? `$${from}` : `<${secretName(name, origins)}>`;
}

/** What the flags of the MDM server that stands beside us have to be. Where Ratchet is, it finds by the address we find it by. */
export interface ServerWords {
  name: string;
  /** Its flag for the API key. */
  keyFlag: string;
  enqueueUrl: string;
  /** "-webhook-url http://127.0.0.1:9006/webhook -webhook-hmac-key <the value of …>" */
  webhookFlags: string;
  /** "-dm http://127.0.0.1:9007/ddm/ -dm-send-hmac-key <…> -dm-recv-hmac-key <…>" */
  dmFlags: string;
  /** The declaration server that answers devices, where ours are kept. */
  kmfddmName: string;
  /** Its flag for the API key. */
  kmfddmKeyFlag: string;
  kmfddmUrl: string;
  /** Where it listens unless told otherwise: for when the address that is set is not its. */
  kmfddmUsualUrl: string;
  /** What gives it a push certificate. */
  uploadCertificate: string;
}

const SERVERS: Readonly<Record<HostName, { name: string; keyFlag: string; enqueuePath: string; port: number; kmfddmPath: string }>> = {
  nanomdm: { name: 'NanoMDM', keyFlag: '-api', enqueuePath: '/v1/enqueue/', port: 9000, kmfddmPath: '/v1/' },
  nanohub: { name: 'NanoHUB', keyFlag: '-api-key', enqueuePath: '/api/v1/nanomdm/enqueue/', port: 9004, kmfddmPath: '/api/v1/ddm/' },
  micromdm: { name: 'MicroMDM', keyFlag: '-api-key', enqueuePath: '/v1/commands/', port: 8080, kmfddmPath: '/v1/' },
};

export function serverWords(settings: Settings, origins: Origins): ServerWords {
  const { host, listen, listenDdm, dmBasePath, kmfddmUrl } = settings;
  const { name, keyFlag, enqueuePath, port, kmfddmPath } = SERVERS[host];
  const isNano = host !== 'micromdm';
  const flag = (flagName: string, setting: SettingName) =>
    settings[setting] === undefined ? '' : ` ${flagName} "${secretInShell(setting, origins)}"`;
  const withUser = (url: string, user: string | undefined, password: SettingName) =>
    user === undefined ? url : `"${url.replace('//', `//${user}:${secretInShell(password, origins)}@`)}"`;
  const webhookUrl = withUser(`http://${seenFrom(settings, listen)}/webhook`, settings.webhookUser, 'webhookPassword');
  const dmUrl = withUser(`http://${seenFrom(settings, listenDdm)}${dmBasePath}`, settings.dmUser, 'dmPassword');
  const isInside = host === 'nanohub';
  const kmfddmKeyFlag = isInside ? keyFlag : '-api';
  return {
    name,
    keyFlag,
    enqueueUrl: apiUrl(settings.enqueueUrl, enqueuePath, port),
    webhookFlags: isNano
      ? `-webhook-url ${webhookUrl}${flag('-webhook-hmac-key', 'webhookHmacKey')}`
      : `-command-webhook-url ${webhookUrl}`,
    dmFlags:
      kmfddmUrl === undefined
        ? `-dm ${dmUrl}${isNano ? flag('-dm-send-hmac-key', 'dmHmacKey') + flag('-dm-recv-hmac-key', 'dmResponseHmacKey') : ''}`
        : `-dm ${kmfddmUrl.replace(/\/v1\/?$/, '/')}`,
    kmfddmName: isInside ? 'NanoHUB' : 'KMFDDM',
    kmfddmKeyFlag,
    kmfddmUrl: apiUrl(kmfddmUrl, kmfddmPath, isInside ? port : 9002),
    kmfddmUsualUrl: apiUrl(undefined, kmfddmPath, isInside ? port : 9002),
    uploadCertificate: isNano
      ? `cat push.pem push.key | curl -T - -u "${host}:${secretInShell('enqueueKey', origins)}" ${(settings.enqueueUrl ?? '').replace(/enqueue\/$/, 'pushcert')}`
      : 'mdmctl mdmcert upload -cert MDM_push.pem -private-key push.key',
  };
}

/** What listens everywhere is reached on loopback by a server that we reach there; else by a name only its people know. */
function seenFrom({ enqueueUrl }: Settings, listen: ListenAddress): string {
  const isEverywhere = listen.host === undefined || listen.host === '0.0.0.0' || listen.host === '::';
  if (!isEverywhere) return formatListen(listen);
  const isBeside = enqueueUrl !== undefined && isLoopback({ host: new URL(enqueueUrl).hostname, port: 0 });
  return `${isBeside ? '127.0.0.1' : '<address of this machine>'}:${listen.port}`;
}

function apiUrl(given: string | undefined, path: string, port: number): string {
  return new URL(path, given ?? `http://127.0.0.1:${port}`).href;
}
