import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Fetch } from '../../runtime.ts';
import type { Instant } from '../../time/local.ts';
import { ask, basicAuthorization, withStatus } from '../ask.ts';
import { askVersion } from '../ask-version.ts';
import { type ApiLink, type CertificateLink, type HostLinks, hearingClocks } from '../host-links.ts';
import { classifyPush, isListed, readJson } from './api-answer.ts';
import { microMdmUrls } from './urls.ts';

export interface ExamineMicroMdmSettings {
  fetch: Fetch;
  now(): Instant;
  /** Its command API, "…/v1/commands/". */
  commandsUrl: string;
  pushUrl: string;
  key: string;
}

const TIMEOUT_MS = 10_000;
const PROBE_ID = '__probe__';

/**
 * Asks a MicroMDM what can be asked without changing anything: the queue of a device that is not there, a push to it, and
 * its push certificate. Never rejects; throws a TypeError when a URL is none.
 */
export async function examineMicroMdm(settings: ExamineMicroMdmSettings): Promise<HostLinks> {
  const urls = microMdmUrls(settings.commandsUrl, settings.pushUrl);
  const headers = { authorization: basicAuthorization('micromdm', settings.key) };
  const { fetch, heard } = hearingClocks(settings.fetch, settings.now);

  async function examineApi(
    url: string,
    method: 'GET' | 'POST',
    isRight: (status: number, body: string | undefined) => boolean,
  ): Promise<ApiLink> {
    const answer = await ask(fetch, url, { method, headers, timeoutMs: TIMEOUT_MS });
    if (!answer.received) return { url, verdict: 'unreached', message: answer.message };
    const message = withStatus(answer.status, answer.body);
    if (answer.status === 401 || answer.status === 403) return { url, verdict: 'unauthorized', message };
    return isRight(answer.status, answer.body) ? { url, verdict: 'right' } : { url, verdict: 'other', message };
  }

  const [version, commands, pushes, certificate] = await Promise.all([
    askVersion(fetch, urls.version, TIMEOUT_MS),
    examineApi(urls.commands(PROBE_ID), 'GET', (status, body) => isListed(status, body, '') !== undefined),
    examineApi(urls.push(PROBE_ID), 'POST', (status, body) => classifyPush(status, body)?.kind === 'unknown-id'),
    examineCertificate(fetch, urls.pushCertificate, headers),
  ]);
  return { version, commands, pushes, certificate, ...heard() };
}

const Certificate = z.object({ cert: z.string().nullish(), error: z.string().optional() });

/** GET /v1/config/certificate: the certificate alone, DER in base64 (platform/config/get_push_certificate.go). */
async function examineCertificate(fetch: Fetch, url: string, headers: Record<string, string>): Promise<CertificateLink> {
  const answer = await ask(fetch, url, { method: 'GET', headers, timeoutMs: TIMEOUT_MS });
  if (!answer.received) return { kind: 'untold', because: 'server', message: answer.message };
  const message = withStatus(answer.status, answer.body);
  const said = readJson(Certificate, answer.body);
  if (said?.cert) {
    const notAfter = notAfterOf(said.cert);
    return notAfter === undefined
      ? { kind: 'untold', because: 'server', message: 'its answer holds no certificate' }
      : { kind: 'told', notAfter };
  }
  if (answer.status === 401 || answer.status === 403 || said === undefined) return { kind: 'untold', because: 'server', message };
  return { kind: 'none', message: said.error ?? message };
}

function notAfterOf(base64: string): Instant | undefined {
  try {
    const instant = Date.parse(new X509Certificate(Buffer.from(base64, 'base64')).validTo);
    return Number.isNaN(instant) ? undefined : instant;
  } catch {
    return undefined;
  }
}
