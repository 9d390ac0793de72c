import { z } from 'zod';
import type { Configuration } from '../../config/load-configuration.ts';
import type { Settings } from '../../config/settings.types.ts';
import { SystemAnswer } from '../../engine/system-answers.ts';
import { basicAuthorization } from '../../hosts/ask.ts';
import type { Fetch, FetchInit } from '../../runtime.ts';
import { SELF_TEST_BODY, SELF_TEST_ENROLLMENT, SELF_TEST_HEADER } from '../../web/self-test.ts';
import { WEBHOOK_PATH } from '../../web/webhook-route.ts';
import { createApiClient } from '../api-client.ts';
import { reachable, serverUrl } from '../server-url.ts';
import type { DoctorPorts, RatchetSeen, Tried, TriedListener } from './doctor.types.ts';

const TIMEOUT_MS = 10_000;
/** Signs what must be refused. */
const WRONG_KEY = 'ratchet doctor: not the key';

const Health = z.object({ checks: z.record(z.string(), z.string()) });
const Version = z.object({ version: z.string() });

/** The running Ratchet: how it is, what it saw of its neighbours, and whether its listeners take what they should. Rejects never. */
export async function seeRatchet(fetch: Fetch, configuration: Configuration, ports: DoctorPorts): Promise<RatchetSeen> {
  const { settings } = configuration;
  const url = serverUrl(configuration);
  const asked = await askJson(fetch, `${url}/healthz`);
  if ('message' in asked) return { kind: 'unreached', url, message: asked.message };
  const health = Health.safeParse(asked.value);
  const told = await askJson(fetch, `${url}/version`);
  const version = Version.safeParse('value' in told ? told.value : undefined);
  if (!health.success || !version.success) return { kind: 'other', url, message: `GET /healthz: HTTP ${asked.status}` };
  // What it saw comes first: what follows is no call of the MDM server, and is not to be taken for one.
  const system = settings.api === undefined ? undefined : await createApiClient(fetch, url, settings.api).get('system', SystemAnswer);
  const [webhook, dm] = await Promise.all([tryWebhook(fetch, url, settings, ports), tryDm(fetch, url, settings, ports)]);
  return {
    ...{ kind: 'there', url, version: version.data.version, webhook, dm },
    ailing: Object.fromEntries(Object.entries(health.data.checks).filter(([, check]) => check !== 'ok')),
    ...(system?.ok ? { system: system.value } : {}),
    ...(system?.ok === false ? { systemProblem: { isRefused: system.exitCode === 2, message: system.message } } : {}),
  };
}

async function tryWebhook(fetch: Fetch, server: string, settings: Settings, ports: DoctorPorts): Promise<TriedListener> {
  const url = `${server}${WEBHOOK_PATH}`;
  const { webhookHmacKey: key, webhookUser: user, webhookPassword: password } = settings;
  const signature = ports.signatureOf(settings);
  const sign = (by: string) => (signature === undefined ? {} : { [signature.header]: signature.sign(Buffer.from(SELF_TEST_BODY), by) });
  const call = (headers: Record<string, string>) =>
    tryCall(fetch, url, {
      method: 'POST',
      body: SELF_TEST_BODY,
      headers: { 'Content-Type': 'application/json', [SELF_TEST_HEADER]: '1', ...headers },
    });
  const [right, bare, wrong] = await Promise.all([
    call({ ...(key === undefined ? {} : sign(key)), ...basicOf(user, password) }),
    call({}),
    call({ ...(key === undefined ? {} : sign(WRONG_KEY)), ...basicOf(user, password && WRONG_KEY) }),
  ]);
  return { url, right, bare, wrong };
}

async function tryDm(fetch: Fetch, server: string, settings: Settings, ports: DoctorPorts): Promise<TriedListener> {
  const { dmBasePath, listenDdm, dmHmacKey: key, dmResponseHmacKey: responseKey, dmUser: user, dmPassword: password } = settings;
  // An explicit --server tells by which name this Ratchet is reached.
  const url = `http://${reachable(listenDdm, new URL(server).hostname)}${dmBasePath}tokens`;
  const signature = ports.signatureOf(settings);
  const sign = (by: string) => (signature === undefined ? {} : { [signature.header]: signature.sign(new Uint8Array(), by) });
  const isSigned = (header: string | null, body: Uint8Array) =>
    responseKey !== undefined && signature?.verify(header ?? undefined, body, [responseKey]) === true;
  const call = (headers: Record<string, string>) =>
    tryCall(fetch, url, { headers: { 'X-Enrollment-ID': SELF_TEST_ENROLLMENT, [SELF_TEST_HEADER]: '1', ...headers } }, (answer, body) =>
      isSigned(signature === undefined ? null : answer.get(signature.header), body),
    );
  const [right, bare, wrong] = await Promise.all([
    call({ ...(key === undefined ? {} : sign(key)), ...basicOf(user, password) }),
    call({}),
    call({ ...(key === undefined ? {} : sign(WRONG_KEY)), ...basicOf(user, password && WRONG_KEY) }),
  ]);
  return { url, right, bare, wrong };
}

function basicOf(user: string | undefined, password: string | undefined): Record<string, string> {
  return user === undefined || password === undefined ? {} : { authorization: basicAuthorization(user, password) };
}

async function tryCall(
  fetch: Fetch,
  url: string,
  init: FetchInit,
  isSigned: (headers: { get(name: string): string | null }, body: Uint8Array) => boolean = () => false,
): Promise<Tried> {
  try {
    const answer = await fetch(url, { ...init, timeoutMs: TIMEOUT_MS });
    const body = new Uint8Array(await answer.arrayBuffer());
    return { status: answer.status, isSigned: isSigned(answer.headers, body) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

async function askJson(fetch: Fetch, url: string): Promise<{ status: number; value: unknown } | { message: string }> {
  try {
    const answer = await fetch(url, { timeoutMs: TIMEOUT_MS });
    const text = await answer.text();
    return { status: answer.status, value: parseJson(text) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
