import { z } from 'zod';
import type { Fetch } from '../../runtime.ts';
import type { Instant } from '../../time/local.ts';
import { instantOfRfc3339 } from '../../time/rfc3339.ts';
import { ask, basicAuthorization, withStatus } from '../ask.ts';
import { askVersion } from '../ask-version.ts';
import { type ApiLink, type CertificateLink, type HostLinks, hearingClocks } from '../host-links.ts';
import { readApiResult } from './enqueue-answer.ts';
import { nanoMdmUrls } from './urls.ts';

export interface ExamineNanoMdmSettings {
  fetch: Fetch;
  now(): Instant;
  enqueueUrl: string;
  pushUrl: string;
  /** The server's `-api` key. */
  key: string;
  /** Of its API; default `nanomdm`. */
  user?: string;
  /** Topic of the push certificate, "com.apple.mgmt.External.…"; undefined: not known. */
  topic?: string | undefined;
}

const TIMEOUT_MS = 10_000;
/** No device has it. */
const PROBE_ID = '__probe__';

/**
 * Asks a NanoMDM what can be asked without changing anything: an enqueue of nothing without push, which it refuses
 * (http/api/api.go), and a push to a device that is not there. Never rejects; throws a TypeError when a URL is none.
 */
export async function examineNanoMdm(settings: ExamineNanoMdmSettings): Promise<HostLinks> {
  const urls = nanoMdmUrls(settings.enqueueUrl, settings.pushUrl);
  const headers = { authorization: basicAuthorization(settings.user ?? 'nanomdm', settings.key) };
  const { fetch, heard } = hearingClocks(settings.fetch, settings.now);

  async function examineApi(url: string): Promise<ApiLink> {
    const answer = await ask(fetch, url, { method: 'PUT', headers, timeoutMs: TIMEOUT_MS });
    if (!answer.received) return { url, verdict: 'unreached', message: answer.message };
    const message = withStatus(answer.status, answer.body);
    if (answer.status === 401 || answer.status === 403)
      return { url, verdict: 'unauthorized', message, isNanoHub: /NanoHUB/.test(answer.headers.get('www-authenticate') ?? '') };
    const result = readApiResult(answer.body ?? '');
    const isApi = result?.status !== undefined || result?.push_error !== undefined || result?.command_error !== undefined;
    return isApi ? { url, verdict: 'right' } : { url, verdict: 'other', message };
  }

  const [version, commands, pushes, certificate] = await Promise.all([
    askVersion(fetch, urls.version, TIMEOUT_MS),
    examineApi(urls.enqueue(PROBE_ID)),
    examineApi(urls.push([PROBE_ID])),
    examineCertificate(fetch, urls.pushCertificate, headers, settings.topic),
  ]);
  return { version, commands, pushes, certificate, ...heard() };
}

const Told = z.object({ not_after: z.string(), topic: z.string().optional() });
const Failed = z.object({ error: z.string() });

/** GET /v1/pushcert?topic=…: newer than 0.9; those before answer 405. */
async function examineCertificate(
  fetch: Fetch,
  url: string,
  headers: Record<string, string>,
  topic: string | undefined,
): Promise<CertificateLink> {
  const answer = await ask(fetch, `${url}?topic=${encodeURIComponent(topic ?? '')}`, { method: 'GET', headers, timeoutMs: TIMEOUT_MS });
  if (!answer.received) return { kind: 'untold', because: 'server', message: answer.message };
  const message = withStatus(answer.status, answer.body);
  // Without a topic 400, or the storage's error: it would tell.
  if (topic === undefined && readJson(Failed, answer.body) !== undefined) return { kind: 'untold', because: 'topic', message };
  const told = answer.status === 200 ? readJson(Told, answer.body) : undefined;
  const notAfter = told && instantOfRfc3339(told.not_after);
  if (told !== undefined && notAfter !== undefined) return { kind: 'told', notAfter, ...(told.topic ? { topic: told.topic } : {}) };
  const failed = answer.status === 500 ? readJson(Failed, answer.body) : undefined;
  return failed === undefined ? { kind: 'untold', because: 'server', message } : { kind: 'none', message: failed.error };
}

function readJson<T>(schema: z.ZodType<T>, body: string | undefined): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body ?? '')).data;
  } catch {
    return undefined;
  }
}
