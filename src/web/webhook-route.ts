import type { Context } from 'hono';
import type { PassedHeaders, ReceiveWebhook } from '../engine/forward/forwarding.ts';
import type { Refusals, RefusedBecause } from '../engine/refusals.ts';
import type { HostWire } from '../hosts/host.ts';
import { type BasicCredentials, checkBasic } from './credentials.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import { asTold, isSelfTest, SELF_TEST_BODY } from './self-test.ts';

export const WEBHOOK_PATH = '/webhook';

/** 20 MiB: InstalledApplicationList and full status reports reach megabytes, and base64 adds a third. */
export const WEBHOOK_BYTES_MAX = 20 * 1024 * 1024;

export interface WebhookCredentials {
  /** Keys of X-Hmac-Signature: the present one and, while it is rotated, the old one. Empty: not asked for. */
  hmacKeys: readonly string[];
  basic: BasicCredentials | undefined;
}

/**
 * POST /webhook. Whatever is configured is required: HMAC over the raw bytes, Basic, or both. Errors are JSON
 * and store nothing; 200 exactly (never 201 or 204: the server counts them as failures) once committed.
 */
export function webhookRoute(wire: HostWire, receive: ReceiveWebhook, credentials: WebhookCredentials, refusals: Pick<Refusals, 'note'>) {
  function refuse(c: Context, status: 401 | 403, because: RefusedBecause, error: string, headers: Record<string, string> = {}): Response {
    if (!isSelfTest(c)) refusals.note('webhook', because, c.req.path);
    return c.json({ error: asTold(c, error) }, status, headers);
  }

  return async function handle(c: Context): Promise<Response> {
    const { hmacKeys, basic } = credentials;
    const signature = wire.signature && c.req.header(wire.signature.header);
    if (hmacKeys.length > 0 && signature === undefined) {
      const error = wire.signature
        ? `the ${wire.signature.header} header is missing: set the server's webhook HMAC key`
        : 'this server signs nothing, and a key is asked for';
      return refuse(c, 401, 'unsigned', error);
    }
    if (basic) {
      const given = checkBasic(c.req.header('authorization'), basic);
      if (given === 'missing')
        return refuse(c, 401, 'no-credentials', 'Basic credentials are missing: put user:password@ into the webhook URL', {
          'WWW-Authenticate': 'Basic realm="ratchet"',
        });
      if (given === 'wrong') return refuse(c, 403, 'wrong-credentials', 'wrong credentials');
    }
    // Of a signed call the signature says all: a consumer that sends webhooks on may call the same bytes something else.
    if (hmacKeys.length === 0 && !/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
      return c.json({ error: 'expected Content-Type: application/json' }, 415);
    let raw: Uint8Array;
    try {
      raw = await readBody(c, WEBHOOK_BYTES_MAX);
    } catch (error) {
      if (error instanceof BodyTooLargeError) return c.json({ error: `the body is over ${WEBHOOK_BYTES_MAX} bytes` }, 413);
      return c.json({ error: 'the body could not be read' }, 400);
    }
    if (hmacKeys.length > 0 && !wire.signature?.verify(signature, raw, hmacKeys))
      return refuse(c, 403, 'wrong-signature', 'the signature is wrong: the keys differ');
    if (isSelfTest(c) && Buffer.from(raw).toString() === SELF_TEST_BODY) return new Response(null);
    const result = await receive(raw, passedHeaders(c));
    switch (result.kind) {
      case 'committed':
      case 'ignored':
        return new Response(null);
      case 'malformed':
        return c.json({ error: result.message }, 400);
      case 'unavailable':
        return c.json({ error: result.message }, 503);
    }
  };
}

/** What other consumers get with the body. Never our own credentials. */
function passedHeaders(c: Context): PassedHeaders {
  const headers: Record<string, string> = {};
  for (const name of ['Content-Type', 'X-Hmac-Signature']) {
    const value = c.req.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
