import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sign, verifySignature } from '../../src/hosts/body-signature.ts';
import { decodeWebhook } from '../../src/hosts/decode-webhook.ts';
import type { WebhookEvent } from '../../src/hosts/host.ts';
import { readEnvelope } from '../../src/hosts/webhook-envelope.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { plistXml } from '../mdm/message-bytes.ts';

const decodePlist = async (bytes: Uint8Array) => parsePlist(bytes);
const udid = '7B0C9D1E-33A4-4C55-9E6F-0123456789AB';

function payload(keys: string): string {
  return Buffer.from(plistXml(keys)).toString('base64');
}

async function decode(body: object): Promise<WebhookEvent> {
  const read = readEnvelope(JSON.stringify(body));
  if (!read.ok) throw new Error(read.message);
  return decodeWebhook(read.value, decodePlist);
}

describe('the envelope', () => {
  it('of NanoMDM 0.9', () => {
    const body = {
      checkin_event: {
        ids: { id: `${udid}:U`, parent_id: udid, type: 'User' },
        raw_payload: 'AAAA',
        token_update_tally: 1,
        udid,
        url_params: { site: 'hq' },
      },
      created_at: '2026-11-20T23:49:17.769890112Z',
      event_id: '03f5307d0f7bae4e',
      topic: 'mdm.TokenUpdate',
    };
    expect(readEnvelope(JSON.stringify(body))).toStrictEqual({
      ok: true,
      value: {
        topic: 'mdm.TokenUpdate',
        createdAt: Date.UTC(2026, 10, 20, 23, 49, 17, 769),
        eventId: '03f5307d0f7bae4e',
        ids: { id: `${udid}:U`, parentId: udid, type: 'User' },
        udid,
        enrollmentId: undefined,
        tokenUpdateTally: 1,
        status: undefined,
        commandUuid: undefined,
        urlTag: '',
        rawPayload: 'AAAA',
      },
    });
  });

  it('of NanoMDM 0.5', () => {
    const body = {
      topic: 'mdm.Connect',
      event_id: '',
      created_at: '2026-11-20T23:49:17.7+01:00',
      acknowledge_event: { enrollment_id: 'E1', status: 'NotNow', command_uuid: 'c1', raw_payload: 'AAAA', url_params: null },
    };
    expect(readEnvelope(JSON.stringify(body))).toMatchObject({
      ok: true,
      value: {
        createdAt: Date.UTC(2026, 10, 20, 22, 49, 17, 700),
        eventId: undefined,
        ids: undefined,
        enrollmentId: 'E1',
        status: 'NotNow',
        commandUuid: 'c1',
      },
    });
  });

  it.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'no event envelope'],
    ['[]', 'no event envelope'],
    ['{}', 'no event envelope'],
    ['{"topic":""}', 'no event envelope'],
    ['{"topic":7}', 'no event envelope'],
    ['{"topic":{"length":{"valueOf":1,"toString":1}}}', 'no event envelope'],
    ['{"topic":"mdm.Connect"}', 'no event envelope'],
    ['{"topic":"mdm.Connect","acknowledge_event":"x"}', 'no event envelope'],
  ])('%s is refused: %s', (text, message) => {
    expect(readEnvelope(text)).toStrictEqual({ ok: false, message });
  });

  it.each([
    ['an unknown topic without any event', { topic: 'mdm.ReturnToService' }, { topic: 'mdm.ReturnToService', rawPayload: '' }],
    ['a topic that is a property of every object', { topic: 'constructor' }, { topic: 'constructor' }],
    [
      'an instant nobody can read',
      { topic: 'mdm.Connect', created_at: 'yesterday', acknowledge_event: {} },
      { createdAt: undefined, rawPayload: '' },
    ],
    [
      'an enrollment type nobody knows',
      { topic: 'mdm.Connect', acknowledge_event: { ids: { id: 'A', type: 'Vehicle' } } },
      { ids: undefined },
    ],
    ['a tally that is none', { topic: 'mdm.TokenUpdate', checkin_event: { token_update_tally: 'x' } }, { tokenUpdateTally: undefined }],
    [
      'a tag of the URL',
      { topic: 'mdm.Connect', acknowledge_event: { url_params: { tag: 'pilot,berlin', site: 'hq' } } },
      { urlTag: 'pilot,berlin' },
    ],
    ['a URL without a tag', { topic: 'mdm.Connect', acknowledge_event: { url_params: { site: 'hq' } } }, { urlTag: '' }],
    ['no URL told', { topic: 'mdm.Connect', acknowledge_event: { url_params: null } }, { urlTag: undefined }],
    ['a tag that is none', { topic: 'mdm.Connect', acknowledge_event: { url_params: { tag: 5 } } }, { urlTag: '' }],
    [
      'nulls',
      { topic: 'mdm.TokenUpdate', event_id: null, acknowledge_event: null, checkin_event: { ids: null, udid: null, raw_payload: null } },
      { ids: undefined, udid: undefined, rawPayload: '' },
    ],
  ])('is permissive: %s', (_name, body, value) => {
    expect(readEnvelope(JSON.stringify(body))).toMatchObject({ ok: true, value });
  });
});

describe('a webhook', () => {
  const ids = { id: udid, type: 'Device' };
  const enrollment = { id: udid, type: 'Device' };
  const statusJson = '{"StatusItems":{"softwareupdate":{"install-state":"downloading"}}}';

  it.each<[string, object, object]>([
    [
      'of an enrollment',
      {
        topic: 'mdm.TokenUpdate',
        event_id: 'e1',
        created_at: '2026-11-20T00:00:00Z',
        checkin_event: {
          ids,
          token_update_tally: 1,
          raw_payload: payload('<key>MessageType</key><string>TokenUpdate</string><key>PushMagic</key><string>x</string>'),
        },
      },
      {
        kind: 'event',
        topic: 'mdm.TokenUpdate',
        enrollment,
        eventId: 'e1',
        createdAt: Date.UTC(2026, 10, 20),
        tokenUpdateTally: 1,
        message: { kind: 'TokenUpdate' },
      },
    ],
    [
      'without ids, of a user channel that has its device’s udid',
      {
        topic: 'mdm.Connect',
        acknowledge_event: {
          udid,
          raw_payload: payload(
            `<key>Status</key><string>Idle</string><key>UDID</key><string>${udid}</string><key>UserID</key><string>U1</string>`,
          ),
        },
      },
      {
        kind: 'event',
        topic: 'mdm.Connect',
        enrollment: { id: `${udid}:U1`, parentId: udid, type: 'User' },
        message: { kind: 'CommandReport', status: 'Idle' },
      },
    ],
    [
      'of a status report',
      {
        topic: 'mdm.DeclarativeManagement',
        checkin_event: {
          ids,
          raw_payload: payload(
            `<key>MessageType</key><string>DeclarativeManagement</string><key>Endpoint</key><string>status</string><key>Data</key><data>${Buffer.from(statusJson).toString('base64')}</data>`,
          ),
        },
      },
      {
        kind: 'event',
        topic: 'mdm.DeclarativeManagement',
        enrollment,
        message: { kind: 'DeclarativeManagement', endpoint: 'status', data: statusJson },
      },
    ],
    [
      'of an unknown topic',
      { topic: 'mdm.ReturnToService', checkin_event: { raw_payload: '!' } },
      { kind: 'ignored', topic: 'mdm.ReturnToService' },
    ],
    ['of a topic that every object has', { topic: 'constructor' }, { kind: 'ignored', topic: 'constructor' }],
    [
      'that is not base64',
      { topic: 'mdm.Connect', acknowledge_event: { ids, raw_payload: 'secret!' } },
      { kind: 'undecodable', topic: 'mdm.Connect', reason: 'payload-not-base64', detail: '7 characters' },
    ],
    [
      'that is empty',
      { topic: 'mdm.Connect', acknowledge_event: { ids } },
      { kind: 'undecodable', topic: 'mdm.Connect', reason: 'payload-not-base64', detail: '0 characters' },
    ],
    [
      'that is no property list',
      { topic: 'mdm.Connect', acknowledge_event: { ids, raw_payload: Buffer.from('secret').toString('base64') } },
      { kind: 'undecodable', topic: 'mdm.Connect', reason: 'payload-not-plist', detail: '6 octets' },
    ],
    [
      'of an unknown message type',
      { topic: 'mdm.Authenticate', checkin_event: { ids, raw_payload: payload('<key>MessageType</key><string>Hello</string>') } },
      { kind: 'undecodable', topic: 'mdm.Authenticate', reason: 'message-type-unknown', detail: 'MessageType Hello' },
    ],
    [
      'of nobody',
      { topic: 'mdm.Connect', acknowledge_event: { raw_payload: payload('<key>Status</key><string>Idle</string>') } },
      { kind: 'undecodable', topic: 'mdm.Connect', reason: 'enrollment-id-missing', detail: 'neither ids nor UDID nor EnrollmentID' },
    ],
    [
      'of an id that is too long',
      {
        topic: 'mdm.Connect',
        acknowledge_event: { ids: { id: 'x'.repeat(300), type: 'Device' }, raw_payload: payload('<key>Status</key><string>Idle</string>') },
      },
      { kind: 'undecodable', topic: 'mdm.Connect', reason: 'enrollment-id-missing', detail: 'an enrollment id of 300 characters' },
    ],
  ])('%s', async (_name, body, expected) => {
    expect(await decode(body)).toStrictEqual(expected);
  });

  it('never rejects, whatever the server sends', async () => {
    const topic = fc.constantFrom('mdm.Connect', 'mdm.TokenUpdate', 'mdm.DeclarativeManagement', 'x');
    const event = fc.record(
      {
        ids: fc.jsonValue(),
        udid: fc.jsonValue(),
        raw_payload: fc.oneof(fc.base64String(), fc.string(), fc.jsonValue()),
        status: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(topic, event, fc.jsonValue(), async (name, inner, other) => {
        const read = readEnvelope(JSON.stringify({ topic: name, created_at: other, event_id: other, acknowledge_event: inner }));
        if (read.ok) expect(['event', 'ignored', 'undecodable']).toContain((await decodeWebhook(read.value, decodePlist)).kind);
      }),
    );
  });
});

describe('a signature', () => {
  const vectors: Array<[key: string, body: string, signature: string]> = [
    ['webhook-secret', '{"topic":"mdm.Connect"}', 'GyKXT4BFp8KmmxfgRf8hg5rp+EsKMvqfAIRXwaxj0zM='],
    ['dm-secret', '', 's+nR3fAIch/h43XGIRFEDR6LgoMBD0/VLhyu/UoRty4='],
    [
      'dm-secret',
      '{"SyncTokens":{"DeclarationsToken":"t1","Timestamp":"2026-11-20T00:00:00Z"}}',
      'J3YNA9wlj5nav9ztLjXJq9vJfBLvV1ajekhmn1FHU80=',
    ],
  ];
  it.each(vectors)('with key %s of %j is NanoMDM’s', (key, body, signature) => {
    expect(sign(Buffer.from(body), key)).toBe(signature);
    expect(verifySignature(signature, Buffer.from(body), [key])).toBe(true);
  });

  const body = Buffer.from('{"topic":"mdm.Connect"}');
  it.each<[string, string | undefined, string[], boolean]>([
    ['of the new key while both are valid', sign(body, 'new'), ['new', 'old'], true],
    ['of the old key while both are valid', sign(body, 'old'), ['new', 'old'], true],
    ['of a key that is no longer valid', sign(body, 'old'), ['new'], false],
    ['of another body', sign(Buffer.from('{}'), 'new'), ['new'], false],
    ['that is missing', undefined, ['new'], false],
    ['that is empty', '', ['new'], false],
    ['cut short', sign(body, 'new').slice(0, 40), ['new'], false],
    ['in hexadecimal', Buffer.from(sign(body, 'new'), 'base64').toString('hex'), ['new'], false],
    ['of an empty key', sign(body, ''), [''], false],
    ['when there is no key', sign(body, ''), [], false],
  ])('%s', (_name, header, keys, fits) => {
    expect(verifySignature(header, body, keys)).toBe(fits);
  });
});
