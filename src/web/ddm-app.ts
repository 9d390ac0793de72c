import { type Context, Hono } from 'hono';
import { parseEndpoint } from '../ddm/endpoint.ts';
import type { Refusals, RefusedBecause } from '../engine/refusals.ts';
import type { DdmAnswer, DdmRequest } from '../engine/serve-ddm/serve-ddm.ts';
import { ASKED_BY_RATCHET } from '../hosts/ddm-upstream.ts';
import type { HostWire } from '../hosts/host.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import { type BasicCredentials, checkBasic } from './credentials.ts';
import { logRefusals } from './log-refusals.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import { asTold, isSelfTest, SELF_TEST_ENROLLMENT } from './self-test.ts';
import { WEBHOOK_PATH } from './webhook-route.ts';

export const STATUS_BYTES_MAX = 20 * 1024 * 1024;

export interface DdmAppOptions {
  /** "/ddm/": what the server's -dm URL ends in. */
  basePath: string;
  wire: HostWire;
  /** Keys the server signs its requests with; empty: unsigned. */
  requestKeys: readonly string[];
  /** From the userinfo of the server's -dm URL, for servers that sign nothing; undefined: not asked for. */
  basic?: BasicCredentials | undefined;
  /** Key our answers are signed with, when the server checks them. */
  responseKey: string | undefined;
  serve(request: DdmRequest): Promise<DdmAnswer>;
  refusals: Pick<Refusals, 'note'>;
  log: Logger;
  clock: Pick<Clock, 'now'>;
}

const LOOP = '--dm-upstream-url leads back to a -dm listener of Ratchet: write the address of the other declaration server';
const EMPTY = new Uint8Array();
const SELF_TEST_ANSWER: DdmAnswer = { status: 200, body: '{}' };

/**
 * The four routes of declarative management and nothing else: the *device* chooses this path, so on this
 * listener there must be nothing else to reach. No query strings, no other paths, no other methods.
 */
export function createDdmApp({ basePath, wire, requestKeys, basic, responseKey, serve, refusals, log, clock }: DdmAppOptions): Hono {
  const app = new Hono();

  function refuse(c: Context, status: 401 | 403 | 404, because: RefusedBecause, error: string): Response {
    // Without that header it is none of the MDM server's -dm: somebody looks for open ports, or its webhook has the wrong one.
    const isOfHost = c.req.header('x-enrollment-id') !== undefined;
    if (isOfHost && !isSelfTest(c)) refusals.note('declarations', because, c.req.path);
    if (!isOfHost && c.req.path === WEBHOOK_PATH) refusals.note('webhook', 'other-listener', c.req.path);
    return c.json({ error: asTold(c, error) }, status);
  }

  app.use(logRefusals(log, clock, 'declarative management request not taken'));
  app.all('*', async (c) => {
    // Passed on once more it would come back once more: before anything else is looked at.
    if (c.req.header(ASKED_BY_RATCHET) !== undefined) return c.json({ error: LOOP }, 508);
    const url = c.req.url;
    const path = url.slice(url.indexOf('/', url.indexOf('//') + 2));
    const endpoint = path.startsWith(basePath) ? parseEndpoint(path.slice(basePath.length)) : undefined;
    if (endpoint === undefined)
      return refuse(
        c,
        404,
        'wrong-path',
        `not a declarative management endpoint; this listener answers ${basePath}{tokens,declaration-items,declaration/…,status} only`,
      );
    const isStatus = endpoint.kind === 'status';
    if (c.req.method !== (isStatus ? 'PUT' : 'GET')) return c.json({ error: `${endpoint.kind} takes ${isStatus ? 'PUT' : 'GET'}` }, 405);
    if (basic) {
      const given = checkBasic(c.req.header('authorization'), basic);
      if (given === 'missing')
        return refuse(c, 401, 'no-credentials', "Basic credentials are missing: put user:password@ into the server's -dm URL");
      if (given === 'wrong') return refuse(c, 403, 'wrong-credentials', 'wrong credentials');
    }
    const signature = wire.signature && c.req.header(wire.signature.header);
    if (requestKeys.length > 0 && signature === undefined) {
      const error = wire.signature
        ? `the ${wire.signature.header} header is missing: start the server with its -dm-send-hmac-key`
        : 'this server signs nothing, and a key is asked for';
      return refuse(c, 401, 'unsigned', error);
    }
    let body: Uint8Array = EMPTY;
    try {
      if (isStatus) body = await readBody(c, STATUS_BYTES_MAX);
    } catch (error) {
      return error instanceof BodyTooLargeError
        ? c.json({ error: 'the status report is too large' }, 413)
        : c.json({ error: 'the body could not be read' }, 400);
    }
    if (requestKeys.length > 0 && !wire.signature?.verify(signature, body, requestKeys))
      return refuse(c, 403, 'wrong-signature', 'the signature is wrong: the keys differ');
    const enrollmentId = c.req.header('x-enrollment-id');
    if (!enrollmentId || enrollmentId.length > 255) return c.json({ error: 'the X-Enrollment-ID header is missing' }, 400);
    const type = c.req.header('x-enrollment-type');
    const parentId = c.req.header('x-enrollment-parentid');
    const request = { endpoint, enrollmentId, body, ...(type ? { type } : {}), ...(parentId ? { parentId } : {}) };
    const answer = isSelfTest(c) && enrollmentId === SELF_TEST_ENROLLMENT ? SELF_TEST_ANSWER : await serve(request);
    const headers: Record<string, string> = answer.body === '' ? {} : { 'Content-Type': 'application/json' };
    if (responseKey !== undefined && wire.signature)
      headers[wire.signature.header] = wire.signature.sign(Buffer.from(answer.body), responseKey);
    // Not c.body: it makes a Headers first, which costs more than all the rest of an answer.
    return new Response(answer.body, { status: answer.status, headers });
  });
  return app;
}
