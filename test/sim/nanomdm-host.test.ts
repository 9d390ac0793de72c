import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PushOutcome } from '../../src/sim/host.types.ts';
import type { NanoMdmOptions } from '../../src/sim/nanomdm.types.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { type PlistDict, writePlist } from '../../src/sim/plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { type Answer, answerOf, bytesOf, NOTHING, type OutgoingInit, textOf } from '../../src/sim/wire.ts';

const UDID = 'AAAAAAAA-1111-4111-8111-000000000001';
const UDID2 = 'AAAAAAAA-1111-4111-8111-000000000002';
const KEY = `Basic ${Buffer.from('nanomdm:apikey').toString('base64')}`;

interface Call {
  url: string;
  init: OutgoingInit;
}

function setUp(
  options: Partial<NanoMdmOptions> = {},
  answers: (call: Call) => Answer | Promise<Answer> = () => answerOf(200, {}, NOTHING),
) {
  const prng = createPrng('host test');
  const calls: Call[] = [];
  const host = createSimNanoMdm({
    now: () => Date.parse('2026-11-20T23:54:00.388Z'),
    random: prng.next,
    apiKey: 'apikey',
    webhookUrl: 'http://sidecar:9006/webhook',
    webhookHmacKey: 'whk',
    dmUrl: 'http://sidecar:9006/ddm/',
    dmSendHmacKey: 'dm-secret',
    ...options,
    fetch: async (url, init) => {
      const call = { url, init };
      calls.push(call);
      return answers(call);
    },
  });
  const send = async (type: string, body: PlistDict | string, certificate: string | undefined, query = '') => {
    const response = await host.handle({
      method: 'PUT',
      path: `/mdm${query}`,
      headers: { 'content-type': type, ...(certificate === undefined ? {} : { 'X-Client-Cert': certificate }) },
      body: bytesOf(typeof body === 'string' ? body : writePlist(body)),
    });
    await host.quiet();
    return { status: response.status, text: textOf(response.body), headers: response.headers };
  };
  const checkin = (body: PlistDict | string, certificate: string | undefined = 'cert-1', query = '') =>
    send('application/x-apple-aspen-mdm-checkin', body, certificate, query);
  const report = (body: PlistDict, certificate = 'cert-1') =>
    send('application/x-apple-aspen-mdm; charset=UTF-8', { UDID, ...body }, certificate);
  const idle = () => report({ Status: 'Idle' });
  const api = async (path: string, body = '', authorization: string | undefined = KEY) => {
    const response = await host.handle({
      method: 'PUT',
      path,
      headers: authorization === undefined ? {} : { Authorization: authorization },
      body: bytesOf(body),
    });
    return { status: response.status, text: textOf(response.body), headers: response.headers };
  };
  const enroll = async (udid = UDID, certificate = 'cert-1') => {
    await checkin({ MessageType: 'Authenticate', UDID: udid, Topic: 't', SerialNumber: 'S', OSVersion: '26.0' }, certificate);
    await checkin({ MessageType: 'TokenUpdate', UDID: udid, Topic: 't', PushMagic: 'm', Token: new Uint8Array([1]) }, certificate);
  };
  const webhooks = () => calls.filter((call) => call.url.endsWith('/webhook')).map((call) => JSON.parse(textOf(call.init.body ?? NOTHING)));
  return { host, calls, checkin, report, idle, api, enroll, webhooks };
}

function command(commandUuid: string, requestType = 'ProfileList'): string {
  return writePlist({ CommandUUID: commandUuid, Command: { RequestType: requestType } });
}

function uuidIn(text: string): string | undefined {
  return /<key>CommandUUID<\/key>\s*<string>([^<]*)/.exec(text)?.[1];
}

describe('device side', () => {
  it.each([
    ['no certificate', { MessageType: 'Authenticate', UDID }, '', 400],
    ['not a plist', 'hello', 'cert-1', 400],
    ['unknown message type', { MessageType: 'Wave', UDID }, 'cert-1', 400],
    ['nobody', { MessageType: 'Authenticate' }, 'cert-1', 400],
    ['TokenUpdate before Authenticate', { MessageType: 'TokenUpdate', UDID }, 'cert-1', 500],
    ['Authenticate', { MessageType: 'Authenticate', UDID }, 'cert-1', 200],
  ])('%s', async (_, body, certificate, status) => {
    const { checkin, webhooks } = setUp();
    expect((await checkin(body, certificate)).status).toBe(status);
    expect(webhooks()).toHaveLength(status === 200 ? 1 : 0);
  });

  it('ties a certificate to one device until that device authenticates with another', async () => {
    const { checkin, report, enroll } = setUp();
    await enroll();
    await enroll(UDID2, 'cert-2');
    expect((await report({ Status: 'Idle', UDID: UDID2 }, 'cert-1')).status).toBe(500);
    await checkin({ MessageType: 'Authenticate', UDID }, 'cert-3');
    expect((await report({ Status: 'Idle' }, 'cert-1')).status).toBe(500);
    expect((await report({ Status: 'Idle' }, 'cert-3')).status).toBe(200);
    expect((await report({ Status: 'Idle', UDID: UDID2 }, 'cert-2')).status).toBe(200);
  });

  it('keeps the bootstrap token, has no GetToken, turns UserAuthenticate away', async () => {
    const { checkin, enroll, webhooks } = setUp();
    await enroll();
    expect(await checkin({ MessageType: 'GetBootstrapToken', UDID })).toMatchObject({ status: 200, text: '' });
    await checkin({ MessageType: 'SetBootstrapToken', UDID, BootstrapToken: bytesOf('bootstrap!') });
    expect((await checkin({ MessageType: 'GetBootstrapToken', UDID })).text).toContain('<data>Ym9vdHN0cmFwIQ==</data>');
    expect(await checkin({ MessageType: 'GetToken', UDID })).toMatchObject({ status: 500, text: 'Internal Server Error\n' });
    expect(await checkin({ MessageType: 'UserAuthenticate', UDID, UserID: 'U' })).toMatchObject({ status: 410, text: 'Gone\n' });
    expect(webhooks().map((w) => w.topic)).toEqual([
      'mdm.Authenticate',
      'mdm.TokenUpdate',
      'mdm.GetBootstrapToken',
      'mdm.SetBootstrapToken',
      'mdm.GetBootstrapToken',
      'mdm.GetToken',
      'mdm.UserAuthenticate',
    ]);
  });
});

describe('webhook', () => {
  it('is compact, signed, in alphabetical order and carries the body byte for byte', async () => {
    const { checkin, calls } = setUp();
    const body = writePlist({ MessageType: 'Authenticate', UDID });
    await checkin(body, 'cert-1', '?site=hq&x=1&site=2');
    const { url, init } = calls[0] as Call;
    const text = textOf(init.body ?? NOTHING);
    expect(url).toBe('http://sidecar:9006/webhook');
    expect(init.method).toBe('POST');
    expect(init.headers['Content-Type']).toBe('application/json; charset=utf-8');
    expect(init.headers['X-Hmac-Signature']).toBe(createHmac('sha256', 'whk').update(text).digest('base64'));
    expect(text).toMatch(
      new RegExp(
        `^\\{"checkin_event":\\{"ids":\\{"id":"${UDID}","type":"Device"\\},"raw_payload":"[^"]+","udid":"${UDID}","url_params":\\{"site":"hq","x":"1"\\}\\},` +
          '"created_at":"2026-11-20T23:54:00\\.388\\d*Z","event_id":"[0-9a-f]{16}","topic":"mdm.Authenticate"\\}$',
      ),
    );
    expect(Buffer.from(JSON.parse(text).checkin_event.raw_payload, 'base64').toString()).toBe(body);
  });

  it('tells reports with status and command_uuid, and Idle without', async () => {
    const { enroll, report, webhooks } = setUp();
    await enroll();
    await report({ Status: 'Idle' });
    await report({ Status: 'NotNow', CommandUUID: 'c1' });
    const [idle, notNow] = webhooks().slice(2);
    expect(Object.keys(idle.acknowledge_event)).toEqual(['ids', 'raw_payload', 'status', 'udid']);
    expect(Object.keys(notNow.acknowledge_event)).toEqual(['command_uuid', 'ids', 'raw_payload', 'status', 'udid']);
    expect(notNow.topic).toBe('mdm.Connect');
  });

  it.each([
    [
      { UDID, UserID: 'U1' },
      { id: `${UDID}:U1`, parent_id: UDID, type: 'User' },
    ],
    [
      { UDID, UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', UserShortName: 'jane@example.com' },
      { id: `${UDID}:jane@example.com`, parent_id: UDID, type: 'Shared iPad' },
    ],
  ])('names the channel of %o', async (who, ids) => {
    const { enroll, checkin, webhooks } = setUp();
    await enroll();
    await checkin({ MessageType: 'TokenUpdate', ...who });
    expect(webhooks().at(-1).checkin_event.ids).toEqual(ids);
    expect(webhooks().at(-1).checkin_event.udid).toBe(UDID);
  });

  it('knows User Enrollment by EnrollmentID, without udid', async () => {
    const { checkin, webhooks } = setUp();
    await checkin({ MessageType: 'Authenticate', EnrollmentID: 'EID-1' });
    expect(webhooks()[0].checkin_event).toMatchObject({ enrollment_id: 'EID-1', ids: { id: 'EID-1', type: 'User Enrollment (Device)' } });
    expect(webhooks()[0].checkin_event).not.toHaveProperty('udid');
  });

  it('counts TokenUpdates per channel, from Authenticate on', async () => {
    const { checkin, enroll, webhooks } = setUp();
    await enroll();
    await checkin({ MessageType: 'TokenUpdate', UDID });
    await checkin({ MessageType: 'TokenUpdate', UDID, UserID: 'U1' });
    await enroll();
    expect(webhooks().map((w) => w.checkin_event.token_update_tally)).toEqual([undefined, 1, 2, 1, undefined, 1]);
  });

  it('is sent once whatever the answer, and the device is answered all the same', async () => {
    const { enroll, idle, calls } = setUp({}, () => Promise.reject(new Error('ECONNREFUSED')));
    await enroll();
    expect((await idle()).status).toBe(200);
    expect(calls).toHaveLength(3);
  });

  it('does not make the device wait', async () => {
    let release = () => {};
    const held = new Promise<Answer>((resolve) => {
      release = () => resolve(answerOf(200, {}, NOTHING));
    });
    const { host } = setUp({}, () => held);
    const body = bytesOf(writePlist({ MessageType: 'Authenticate', UDID }));
    const headers = { 'X-Client-Cert': 'c', 'Content-Type': 'application/x-apple-aspen-mdm-checkin' };
    expect((await host.handle({ method: 'PUT', path: '/mdm', headers, body })).status).toBe(200);
    release();
    await host.quiet();
  });

  it('of 0.8 has no ids, no event id, no signature', async () => {
    const { checkin, calls, webhooks } = setUp({ dialect: '0.8' });
    await checkin({ MessageType: 'Authenticate', UDID });
    expect(webhooks()[0]).toMatchObject({ topic: 'mdm.Authenticate', event_id: '', checkin_event: { udid: UDID, url_params: null } });
    expect(webhooks()[0].checkin_event).not.toHaveProperty('ids');
    expect(calls[0]?.init.headers).not.toHaveProperty('X-Hmac-Signature');
  });

  it('turns userinfo of the URL into Basic', async () => {
    const { checkin, calls } = setUp({ webhookUrl: 'http://user:pass@sidecar:9006/webhook' });
    await checkin({ MessageType: 'Authenticate', UDID });
    expect(calls[0]?.url).toBe('http://sidecar:9006/webhook');
    expect(calls[0]?.init.headers.Authorization).toBe('Basic dXNlcjpwYXNz');
  });
});

describe('command API', () => {
  it.each([
    ['wrong key', '/v1/enqueue/X?nopush=1', 'Basic eA==', 401, 'Unauthorized\n'],
    ['no such path', '/v1/queue/X', KEY, 404, '404 page not found\n'],
    ['version needs no key', '/version', 'none', 200, '{"version":"v0.9.0"}'],
  ])('%s', async (_, path, authorization, status, text) => {
    const { api } = setUp();
    expect(await api(path, '', authorization)).toMatchObject({ status, text });
  });

  it.each([
    [
      'an unknown id, without push',
      '/v1/enqueue/NOSUCH?nopush=1',
      command('1'),
      200,
      '{\n\t"no_push": true,\n\t"command_uuid": "1",\n\t"request_type": "ProfileList"\n}\n',
    ],
    [
      'nopush=0 counts as nopush',
      '/v1/enqueue/NOSUCH?nopush=0',
      command('2'),
      200,
      '{\n\t"no_push": true,\n\t"command_uuid": "2",\n\t"request_type": "ProfileList"\n}\n',
    ],
    [
      'no UUID',
      '/v1/enqueue/X?nopush=1',
      writePlist({ Command: { RequestType: 'A' } }),
      500,
      '{\n\t"command_error": "decoding command: invalid command"\n}\n',
    ],
    ['nothing to do', '/v1/enqueue/X?nopush=1', '', 500, '{\n\t"no_push": true,\n\t"command_error": "must enqueue or push"\n}\n'],
    [
      'a push to an unknown id',
      '/v1/push/NOSUCH',
      '',
      500,
      '{\n\t"status": {\n\t\t"NOSUCH": {\n\t\t\t"push_error": "push data missing for id"\n\t\t}\n\t}\n}\n',
    ],
  ])('answers %s', async (_, path, body, status, text) => {
    const { api } = setUp();
    expect(await api(path, body)).toMatchObject({ status, text, headers: { 'Content-Type': 'application/json' } });
  });

  it('refuses what is not a plist', async () => {
    const { api } = setUp();
    const { status, text } = await api('/v1/enqueue/X?nopush=1', 'hello');
    expect(status).toBe(500);
    expect(JSON.parse(text).command_error).toMatch(/^decoding command: parse error: .*raw content: hello$/);
  });

  it('refuses a CommandUUID for ever, for any id', async () => {
    const { api, enroll, idle, report } = setUp();
    await enroll();
    await api(`/v1/enqueue/${UDID}?nopush=1`, command('c1'));
    await idle();
    await report({ Status: 'Acknowledged', CommandUUID: 'c1' });
    const { status, text } = await api('/v1/enqueue/OTHER', command('c1'));
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({ command_error: 'command already exists: c1', command_uuid: 'c1', request_type: 'ProfileList' });
  });

  const gone = 'push HTTP status: 410: APNs push error: Unregistered: timestamp 1795218840388';
  it.each<[string, PushOutcome[], number, (string | undefined)[]]>([
    ['all well', ['ok', 'ok'], 200, [undefined, undefined]],
    ['one gone', ['ok', 'unregistered'], 207, [undefined, gone]],
    [
      'all failed',
      ['unavailable', 'bad-device-token'],
      500,
      ['push HTTP status: 503: APNs push error: ServiceUnavailable', 'push HTTP status: 400: APNs push error: BadDeviceToken'],
    ],
  ])('enqueues although pushes fail: %s', async (_, outcomes, status, errors) => {
    const { host, api, enroll, idle } = setUp();
    await enroll();
    await enroll(UDID2, 'cert-2');
    [UDID, UDID2].forEach((id, i) => {
      host.setPushOutcome(id, outcomes[i]);
    });
    const answer = await api(`/v1/enqueue/${UDID}%2C${UDID2}`, command('c1'));
    expect(answer.status).toBe(status);
    const perId = JSON.parse(answer.text).status;
    expect([UDID, UDID2].map((id) => perId[id].push_error)).toEqual(errors);
    expect(perId[UDID].push_result).toMatch(/^[0-9A-F-]{36}$/);
    expect(uuidIn((await idle()).text)).toBe('c1');
  });

  it('says so when there is no push certificate', async () => {
    const { api, enroll, idle } = setUp({ hasPushCertificate: false });
    await enroll();
    const { status, text } = await api(`/v1/enqueue/${UDID}`, command('c1'));
    expect([status, JSON.parse(text).push_error]).toEqual([500, expect.stringContaining('retrieving push cert for topic')]);
    expect(uuidIn((await idle()).text)).toBe('c1');
  });

  it('keeps taking commands and pushes after CheckOut', async () => {
    const { api, enroll, checkin, idle } = setUp();
    await enroll();
    await checkin({ MessageType: 'CheckOut', UDID });
    expect((await api(`/v1/enqueue/${UDID}`, command('c1'))).status).toBe(200);
    expect(uuidIn((await idle()).text)).toBe('c1');
  });
});

describe('queue', () => {
  it('is FIFO, and delivers the same command until it is answered', async () => {
    const { api, enroll, idle, report } = setUp();
    await enroll();
    for (const uuid of ['c1', 'c2']) await api(`/v1/enqueue/${UDID}?nopush=1`, command(uuid));
    const first = await idle();
    expect(first).toEqual(await idle());
    expect(first.text).toBe(command('c1'));
    expect(uuidIn((await report({ Status: 'Acknowledged', CommandUUID: 'c1' })).text)).toBe('c2');
    expect(await report({ Status: 'Error', CommandUUID: 'c2', ErrorChain: [] })).toMatchObject({ status: 200, text: '' });
  });

  it('skips what was not now only while answering a NotNow', async () => {
    const { api, enroll, idle, report } = setUp();
    await enroll();
    for (const uuid of ['c1', 'c2']) await api(`/v1/enqueue/${UDID}?nopush=1`, command(uuid));
    await idle();
    expect(uuidIn((await report({ Status: 'NotNow', CommandUUID: 'c1' })).text)).toBe('c2');
    expect((await report({ Status: 'NotNow', CommandUUID: 'c2' })).text).toBe('');
    expect(uuidIn((await idle()).text)).toBe('c1');
  });

  it('is cleared by Authenticate', async () => {
    const { api, enroll, idle } = setUp();
    await enroll();
    await api(`/v1/enqueue/${UDID}?nopush=1`, command('c1'));
    await enroll();
    expect((await idle()).text).toBe('');
  });

  it.each([
    [true, undefined],
    [false, 'c1'],
  ])('loses all on a result for an unknown UUID: %s', async (losesQueueOnUnknownResult, left) => {
    const { api, enroll, idle, report } = setUp({ losesQueueOnUnknownResult });
    await enroll();
    await api(`/v1/enqueue/${UDID}?nopush=1`, command('c1'));
    await report({ Status: 'Acknowledged', CommandUUID: 'never-issued' });
    expect(uuidIn((await idle()).text)).toBe(left);
  });
});

describe('-dm', () => {
  const dm = (endpoint: string, data?: string): PlistDict => ({
    MessageType: 'DeclarativeManagement',
    UDID,
    Endpoint: endpoint,
    ...(data === undefined ? {} : { Data: bytesOf(data) }),
  });

  it('forwards as GET or PUT, with the enrollment and a signature over the body alone', async () => {
    const { enroll, checkin, calls } = setUp();
    await enroll();
    await checkin(dm('declaration/configuration/c1'));
    await checkin({ ...dm('status', '{}'), UserID: 'U1' });
    const [get, put] = calls.filter((call) => call.url.includes('/ddm/'));
    expect(get).toMatchObject({
      url: 'http://sidecar:9006/ddm/declaration/configuration/c1',
      init: {
        method: 'GET',
        headers: {
          'X-Enrollment-Id': UDID,
          'X-Enrollment-Type': 'Device',
          'X-Hmac-Signature': 's+nR3fAIch/h43XGIRFEDR6LgoMBD0/VLhyu/UoRty4=',
        },
      },
    });
    expect(get?.init.headers).not.toHaveProperty('Content-Type');
    expect(put).toMatchObject({
      url: 'http://sidecar:9006/ddm/status',
      init: {
        method: 'PUT',
        headers: {
          'X-Enrollment-Id': `${UDID}:U1`,
          'X-Enrollment-Type': 'User',
          'X-Enrollment-Parentid': UDID,
          'Content-Type': 'application/json',
        },
      },
    });
  });

  it('replaces the last path element of a base without a slash, and goes where the device says', async () => {
    const { enroll, checkin, calls } = setUp({ dmUrl: 'http://u:p@sidecar:9006/ddm' });
    await enroll();
    await checkin(dm('tokens'));
    await checkin(dm('http://elsewhere/x'));
    const [own, other] = calls.filter((call) => !call.url.endsWith('/webhook'));
    expect([own?.url, own?.init.headers.Authorization]).toEqual(['http://sidecar:9006/tokens', 'Basic dTpw']);
    expect([other?.url, other?.init.headers.Authorization]).toEqual(['http://elsewhere/x', undefined]);
  });

  it.each([
    ['200', answerOf(200, {}, bytesOf('{"a":1}')), 200, '{"a":1}'],
    ['204', answerOf(204, {}, NOTHING), 500, 'Internal Server Error\n'],
    ['404', answerOf(404, {}, bytesOf('no such declaration\n')), 500, 'Internal Server Error\nno such declaration\n'],
    ['refused', undefined, 500, 'Internal Server Error\n'],
  ])('hands on %s, and sends the event in any case', async (_, upstream, status, text) => {
    const { enroll, checkin, webhooks } = setUp({}, (call) => {
      if (!call.url.includes('/ddm/')) return answerOf(200, {}, NOTHING);
      if (upstream === undefined) throw new Error('ECONNREFUSED');
      return upstream;
    });
    await enroll();
    expect(await checkin(dm('tokens'))).toMatchObject({ status, text });
    expect(webhooks().at(-1).topic).toBe('mdm.DeclarativeManagement');
  });

  it.each([
    ['right', 'J3YNA9wlj5nav9ztLjXJq9vJfBLvV1ajekhmn1FHU80=', 200],
    ['wrong', 'x', 500],
  ])('checks the answer when it has a key: %s', async (_, signature, status) => {
    const body = bytesOf('{"SyncTokens":{"DeclarationsToken":"t1","Timestamp":"2026-11-20T00:00:00Z"}}');
    const { enroll, checkin } = setUp({ dmRecvHmacKey: 'dm-secret' }, () => answerOf(200, { 'x-hmac-signature': signature }, body));
    await enroll();
    expect((await checkin(dm('tokens'))).status).toBe(status);
  });

  it('has no handler without -dm', async () => {
    const { enroll, checkin } = setUp({ dmUrl: undefined });
    await enroll();
    expect((await checkin(dm('tokens'))).status).toBe(500);
  });

  it('of 0.8 passes the status through and tells the id only', async () => {
    const { enroll, checkin, calls } = setUp({ dialect: '0.8' }, () => answerOf(404, {}, NOTHING));
    await enroll();
    expect((await checkin(dm('tokens'))).status).toBe(404);
    expect(Object.keys(calls.at(-2)?.init.headers ?? {})).toEqual(['User-Agent', 'X-Enrollment-Id']);
  });
});
