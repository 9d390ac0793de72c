import type { SystemAnswer } from '../../engine/system-answers.ts';
import { HOUR_MS } from '../../time/local.ts';
import { printable } from '../text.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { ago, broken, ok, serverWords, skipped, unknown, warning } from './words.ts';

/**
 * From the MDM server to Ratchet. Nothing makes it call but a device, and no device is touched for it: so this is what the
 * running Ratchet saw since its start.
 */

const ASK_API = 'give --api, and see ratchet above';

/** The webhook and -dm tell of the same request, one a moment after the other. */
const SOON_MS = 30_000;

type Link = SystemAnswer['links'][number];
type Refusal = NonNullable<Link['refused']>[number];

export function webhookCallsLink(evidence: Evidence): LinkReport {
  const { configuration, ratchet, now } = evidence;
  const { settings, origins } = configuration;
  const { name, webhookFlags } = serverWords(settings, origins);
  const wiring = `${name} needs ${webhookFlags}`;
  const system = ratchet.kind === 'there' ? ratchet.system : undefined;
  if (system === undefined) return unseen(evidence, wiring);
  const { okAt, failedAt = 0, problem = '', refused = [] } = linkOf(system, 'webhook');
  const [last] = refused;
  if (last !== undefined && last.at >= (okAt ?? 0)) {
    const { count, at, because, path } = last;
    const told = `${count} refused since the start, the last ${ago(at, now)}: ${WEBHOOK_REFUSED[because](printable(path))}`;
    const isAnybody = okAt !== undefined && (because === 'unsigned' || because === 'no-credentials' || because === 'wrong-path');
    return isAnybody
      ? warning(`${told}; the last good one came ${ago(okAt, now)}`, `if ${name} was changed since: ${wiring}`)
      : broken(told, wiring);
  }
  if (failedAt > (okAt ?? 0)) return broken(`the last was not taken ${ago(failedAt, now)}: ${problem}`, 'look into the log of Ratchet');
  const silentAt = system.alerts.find(({ key }) => key === 'webhook-silent')?.at;
  if (okAt !== undefined && silentAt !== undefined && okAt <= silentAt)
    return broken(`the last came ${ago(okAt, now)}, and devices were active since or should have been`, wiring);
  if (okAt !== undefined) return ok(`the last came ${ago(okAt, now)}, ${credentialOf(settings)}`);
  const asked = linkOf(system, 'declarations');
  const askedAt = Math.max(asked.okAt ?? 0, asked.failedAt ?? 0);
  // A device that asks for declarations reports to the server too, which tells of that.
  if (askedAt > 0 && now - askedAt > SOON_MS)
    return broken(`none since the start, and a device asked for declarations ${ago(askedAt, now)}`, wiring);
  return silence(evidence, system, `none since the start ${ago(system.startedAt, now)}`, wiring);
}

const WEBHOOK_REFUSED: Record<Refusal['because'], (path: string) => string> = {
  unsigned: () => 'no signature',
  'wrong-signature': () => 'signed with another key',
  'no-credentials': () => 'no user and password',
  'wrong-credentials': () => 'another user or password',
  'wrong-path': (path) => `sent to ${path}`,
  'other-listener': () => 'sent to the port of --listen-ddm',
};

function credentialOf({ webhookHmacKey, webhookUser }: Evidence['configuration']['settings']): string {
  if (webhookHmacKey !== undefined) return 'signed';
  return webhookUser === undefined ? 'from whoever reaches the port' : 'with its password';
}

/** Devices report once a day and when they are used: a quiet hour says little, the alert has looked at who was active. */
function silence(evidence: Evidence, system: SystemAnswer, told: string, wiring: string): LinkReport {
  const { now } = evidence;
  if (system.alerts.some(({ key }) => key === 'webhook-silent')) return broken(`${told}, and devices were active`, wiring);
  const before = system.heardAt === undefined ? '' : `; a device was heard of ${ago(system.heardAt, now)}`;
  return unknown(`${told}${before}`, `let a device call (ratchet device ask <serial>, or enroll one); if nothing comes, ${wiring}`);
}

/** Without the running server's word: what its store remembers, which proves nothing of now. */
function unseen({ ratchet, data, now }: Evidence, wiring: string): LinkReport {
  const heardAt = data.database.kind === 'whole' ? data.database.facts.heardAt : undefined;
  const before = heardAt === undefined ? '' : `; a device was last heard of ${ago(heardAt, now)}`;
  return ratchet.kind === 'there'
    ? unknown(`the running Ratchet could not be asked${before}`, ASK_API)
    : unknown(`Ratchet does not run${before}`, `start it; ${wiring}`);
}

export function dmCallsLink(evidence: Evidence): LinkReport {
  const { configuration, ratchet, data, now } = evidence;
  const { settings, origins } = configuration;
  const { name, dmFlags } = serverWords(settings, origins);
  const wiring = `${name} needs ${dmFlags}`;
  const system = ratchet.kind === 'there' ? ratchet.system : undefined;
  if (system === undefined) {
    const before = data.database.kind === 'whole' && data.database.facts.dmReached ? '; some came before' : '';
    return ratchet.kind === 'there'
      ? unknown(`the running Ratchet could not be asked${before}`, ASK_API)
      : unknown(`Ratchet does not run${before}`, `start it; ${wiring}`);
  }
  const { okAt, failedAt = 0, listsAt, refused = [] } = linkOf(system, 'declarations');
  // What no -dm asks for, a device chose, or nobody's server: it says nothing of the wiring.
  const last = refused.find(({ because, path }) => because !== 'wrong-path' || ENDPOINT.test(path));
  if (last !== undefined && last.at >= Math.max(okAt ?? 0, failedAt)) {
    const told = `${last.count} refused since the start, the last ${ago(last.at, now)}`;
    return broken(`${told}: ${dmRefused(last, settings.dmBasePath)}`, wiring);
  }
  const heardAt = Math.max(okAt ?? 0, failedAt);
  const { declarativeAt } = linkOf(system, 'webhook');
  if (declarativeAt !== undefined && declarativeAt - heardAt > SOON_MS)
    return broken(`a device asked ${name} for declarations ${ago(declarativeAt, now)}, and that did not come here`, wiring);
  if (system.alerts.some(({ key }) => key === 'dm-not-wired'))
    return broken('a device was told to ask for declarations, and nobody came', wiring);
  if (heardAt === 0)
    return unknown(
      `none since the start ${ago(system.startedAt, now)}${system.dmReached ? '; some came before' : ''}`,
      `they come when a device is first given something to hold (mode: enforce); ${wiring} (with the last slash)`,
    );
  const signed = settings.dmHmacKey !== undefined ? ', signed' : settings.dmUser === undefined ? '' : ', with its password';
  // Who does not believe our tokens never comes for the lists.
  if (settings.dmResponseHmacKey !== undefined && listsAt === undefined && now - system.startedAt > HOUR_MS)
    return unknown(
      `the last came ${ago(heardAt, now)}${signed}; none came for more than tokens, as if our answers were not believed`,
      `nothing, if nothing changed lately; else ${wiring}`,
    );
  return ok(`the last came ${ago(heardAt, now)}${signed}, to the right path`);
}

/** What a -dm asks for, below whatever path. */
const ENDPOINT = /\/(tokens|declaration-items|status|declaration\/\w+\/[^/]+)$/;

function dmRefused({ because, path }: Refusal, basePath: string): string {
  const shown = printable(path);
  switch (because) {
    case 'unsigned':
      return 'no signature';
    case 'wrong-signature':
      return 'signed with another key';
    case 'no-credentials':
      return 'no user and password';
    case 'wrong-credentials':
      return 'another user or password';
    case 'other-listener':
      return 'sent to the port of --listen';
    case 'wrong-path':
      return isSlashMissing(path, basePath)
        ? `asked for ${shown} instead of ${basePath}${path.slice(path.lastIndexOf('/') + 1)}: the URL of -dm lacks its last slash`
        : `asked for ${shown}, which is not below ${basePath}`;
  }
}

/** Go resolves the endpoint against the URL: without a slash at its end, its last element is replaced. */
function isSlashMissing(path: string, basePath: string): boolean {
  const above = basePath.replace(/[^/]+\/$/, '');
  return (
    path.startsWith(above) && ENDPOINT.test(`/${path.slice(above.length)}`) && !path.slice(above.length).replace(ENDPOINT, '').includes('/')
  );
}

export function dmUpstreamLink({ upstream, configuration: { settings } }: Evidence): LinkReport {
  if (upstream === undefined) return skipped('none: Ratchet alone answers -dm');
  const { name } = upstream;
  switch (upstream.kind) {
    case 'answers':
      return ok(`${name} answers with lists${settings.dmUpstreamResponseHmacKey === undefined ? '' : ', signed'}`);
    case 'refused':
      if (upstream.status === 401 || upstream.status === 403)
        return broken(`${name} refuses us (${upstream.message})`, '--dm-upstream-hmac-key as the MDM server’s -dm-send-hmac-key was');
      return broken(
        `${name} does not answer for declarations (${upstream.message})`,
        `--dm-upstream-url as the MDM server’s -dm was, with its last slash`,
      );
    case 'down':
      return /signature/.test(upstream.message)
        ? broken(`${name}: ${upstream.message}`, '--dm-upstream-response-hmac-key as the MDM server’s -dm-recv-hmac-key was')
        : broken(
            `${name} is down (${upstream.message})`,
            'start it, or correct --dm-upstream-url; meanwhile devices get what it last told',
          );
    case 'nonsense':
      return broken(
        `${name} answers something else: ${printable(upstream.message)}`,
        '--dm-upstream-url as the MDM server’s -dm was, with its last slash',
      );
  }
}

function linkOf(system: SystemAnswer, name: string): Link {
  return system.links.find((link) => link.name === name) ?? { name, what: '' };
}
