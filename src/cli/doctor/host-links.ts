import type { Settings } from '../../config/settings.types.ts';
import type { ApiLink, CertificateLink, HostLinks } from '../../hosts/host-links.ts';
import { DAY_MS } from '../../time/local.ts';
import { instantText } from '../text.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { ago, broken, ok, type ServerWords, secretName, serverWords, skipped, span, unknown, warning } from './words.ts';

/** From Ratchet to the MDM server, and from that to Apple's push service. */

const NOT_TOLD = '--enqueue-url is not set';

export function mdmServerLink({ host, configuration: { settings, origins } }: Evidence): LinkReport {
  if (host === undefined) return skipped(NOT_TOLD);
  const { name, enqueueUrl } = serverWords(settings, origins);
  const { url, isReached, version, looksLike, message = '' } = host.version;
  if (!isReached)
    return broken(`nobody answers at ${url} (${message})`, `start ${name}, or correct --enqueue-url, which is ${settings.enqueueUrl}`);
  if (isOtherKind(host, settings))
    return looksLike === 'micromdm'
      ? broken(`MicroMDM answers at ${url}`, `--host micromdm --enqueue-url ${new URL('/v1/commands/', enqueueUrl).href}`)
      : broken(
          `no MicroMDM answers at ${url}`,
          `--host nanomdm --enqueue-url ${new URL('/v1/enqueue/', enqueueUrl).href}, if it is NanoMDM`,
        );
  if (version === undefined)
    return broken(`who answers at ${url} is not ${name} (${message})`, `--enqueue-url as ${name} is reached itself, such as ${enqueueUrl}`);
  const old = tooOld(settings.host, version);
  if (old !== undefined) return broken(`${name} ${version} is too old: ${old.because}`, old.fix);
  if (settings.webhookHmacKey !== undefined && isUnsigned(settings.host, version))
    return broken(
      `${name} ${version} signs nothing, and --webhook-hmac-key is asked for`,
      `${settings.host === 'nanohub' ? 'NanoHUB newer than 0.2.0' : 'NanoMDM 0.9'}; or --webhook-user and --webhook-password, and these in its -webhook-url`,
    );
  return ok(version === 'unknown' ? `${name} at ${url}; its build does not tell its version` : `${name} ${version} at ${url}`);
}

function tooOld(host: string, version: string): { because: string; fix: string } | undefined {
  if (host === 'micromdm') return isBelow(version, 1, 11) ? { because: 'it has no -dm', fix: 'MicroMDM 1.11 or newer' } : undefined;
  if (host === 'nanohub')
    return /^v?0\.1\.0$/.test(version) ? { because: 'it sends no webhooks', fix: 'NanoHUB newer than 0.2.0' } : undefined;
  return isBelow(version, 0, 5) ? { because: 'it is not tried with it', fix: 'NanoMDM 0.9 or newer' } : undefined;
}

/** NanoHUB signs after v0.2.0: what is built from a later commit has more than that in its version. */
function isUnsigned(host: string, version: string): boolean {
  return host === 'nanohub' ? isBelow(version, 0, 2) || /^v?0\.2\.0$/.test(version) : isBelow(version, 0, 9);
}

/** False for what is no version. */
function isBelow(version: string, major: number, minor: number): boolean {
  const [, x, y] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return x !== undefined && (Number(x) < major || (Number(x) === major && Number(y) < minor));
}

export function mdmApiLink({ host, configuration: { settings, origins } }: Evidence): LinkReport {
  if (host === undefined) return skipped(NOT_TOLD);
  if (isOtherKind(host, settings)) return skipped(OTHER_KIND);
  const words = serverWords(settings, origins);
  const problem = apiProblem(
    host.commands,
    host,
    words,
    secretName('enqueueKey', origins),
    `--enqueue-url ${words.enqueueUrl}, and ${words.name} started with ${words.keyFlag}`,
  );
  return problem ?? ok(`${withoutProbe(host.commands.url)} takes our key`);
}

function apiProblem(
  { url, verdict, message = '', isNanoHub = false }: ApiLink,
  { version }: HostLinks,
  { name, keyFlag }: ServerWords,
  key: string,
  addressFix: string,
): LinkReport | undefined {
  const shown = withoutProbe(url);
  switch (verdict) {
    case 'right':
      return undefined;
    case 'unauthorized':
      if (isNanoHub && name !== 'NanoHUB')
        return broken(`NanoHUB answers at ${shown}, and has another user (${message})`, '--host nanohub');
      return broken(`${name} refuses our key at ${shown} (${message})`, `${key} must be its ${keyFlag}`);
    case 'other':
      return broken(`${shown} is not its API (${message})`, addressFix);
    case 'unreached':
      return version.isReached ? broken(`${shown} does not answer (${message})`, addressFix) : skipped('the MDM server is not reached');
  }
}

function withoutProbe(url: string): string {
  return url.replace(/__probe__.*$/, '');
}

const OTHER_KIND = 'it is another kind of server';

function isOtherKind({ version: { looksLike } }: HostLinks, { host }: Settings): boolean {
  // NanoHUB's version tells no more than NanoMDM's.
  return looksLike !== undefined && (looksLike === 'micromdm') !== (host === 'micromdm');
}

/** Whether pushes can be asked for, and what became of the last. Nobody is pushed to know it. */
export function pushLink({ host, ratchet, configuration: { settings, origins }, now }: Evidence): LinkReport {
  if (host === undefined) return skipped(NOT_TOLD);
  if (isOtherKind(host, settings)) return skipped(OTHER_KIND);
  const words = serverWords(settings, origins);
  const pushUrl = words.enqueueUrl.replace(/\w+\/$/, 'push/');
  const problem = apiProblem(host.pushes, host, words, secretName('enqueueKey', origins), `--push-url ${pushUrl}`);
  if (problem !== undefined) return problem;
  const seen = ratchet.kind === 'there' ? ratchet.system?.links.find(({ name }) => name === 'pushes') : undefined;
  const { okAt = 0, failedAt = 0, problem: said = '' } = seen ?? {};
  if (failedAt > okAt && isForCertificate(said) && host.certificate.kind === 'told')
    return unknown(`the last push failed ${ago(failedAt, now)} for want of a certificate, which is there now`, 'the next push shows it');
  if (failedAt > okAt) return broken(`the last push failed ${ago(failedAt, now)}: ${said}`, pushFix(said, words));
  if (okAt > 0) return ok(`Apple took the last push ${ago(okAt, now)}`);
  return unknown('its API takes our key; nobody was pushed since the start', 'the next command shows it: ratchet device ask <serial>');
}

function isForCertificate(said: string): boolean {
  return /push cert|no push service|ServerConfig/i.test(said);
}

function pushFix(said: string, { name, uploadCertificate }: ServerWords): string {
  if (isForCertificate(said)) return uploadCertificate;
  if (/no such host|dial tcp|i\/o timeout|connection refused/i.test(said)) return `let ${name} reach api.push.apple.com, port 443`;
  return `look into the log of ${name}`;
}

const EXPIRES_SOON_MS = 30 * DAY_MS;

/** A year after it was made every device is lost with it: never called good unless its end is known. */
export function pushCertificateLink({ host, configuration: { settings, origins }, now }: Evidence): LinkReport {
  if (host === undefined) return skipped(NOT_TOLD);
  if (!host.version.isReached) return skipped('the MDM server is not reached');
  if (host.commands.verdict !== 'right') return skipped('its API can’t be asked');
  return judgeCertificate(host.certificate, serverWords(settings, origins), now);
}

function judgeCertificate(certificate: CertificateLink, { name, uploadCertificate }: ServerWords, now: number): LinkReport {
  switch (certificate.kind) {
    case 'none':
      return broken(`${name} has none: ${certificate.message}`, uploadCertificate);
    case 'untold':
      return certificate.because === 'topic'
        ? unknown(
            `${name} tells when it ends to who names its topic`,
            'ratchet doctor --push-topic <its topic>, the com.apple.mgmt.External.… of the enrollment profile',
          )
        : unknown(
            `${name} does not tell when it ends (${certificate.message})`,
            'look at identity.apple.com/pushcert, and renew it there with the same Apple Account',
          );
    case 'told': {
      const { notAfter, topic } = certificate;
      const what = topic === undefined ? 'it' : topic;
      const renew = 'renew it (never make a new one) at identity.apple.com/pushcert with the same Apple Account, then upload it';
      if (notAfter <= now) return broken(`${what} ran out ${ago(notAfter, now)}`, renew);
      const left = `${what} runs out at ${instantText(notAfter)}, in ${span(notAfter - now)}`;
      return notAfter - now < EXPIRES_SOON_MS ? warning(left, renew) : ok(left);
    }
  }
}
