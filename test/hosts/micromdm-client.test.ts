import { describe, expect, it } from 'vitest';
import { createMicroMdmHost } from '../../src/hosts/micromdm/client.ts';
import { listDevices } from '../../src/hosts/micromdm/list-devices.ts';
import { type FakeAnswer, fakeFetch, fetchFailure, timeout } from './fake-fetch.ts';

const id = '156D48DF-F843-4A34-A6B0-CB53B57FB06F';
const uuid = '2f0c2f3e-9d55-4b0c-8a41-7f8c1f0a9f11';
const settings = { commandsUrl: 'http://micromdm:8080/v1/commands', pushUrl: 'http://micromdm:8080/v1/push/', key: 'apikey' };
const taken = { payload: { udid: id, command_uuid: uuid, command: { request_type: 'SecurityInfo' }, payload: 'AAAA' } };
const authorization = `Basic ${Buffer.from('micromdm:apikey').toString('base64')}`;

function hostAnswering(answer: Parameters<typeof fakeFetch>[0]) {
  const { fetch, seen } = fakeFetch(answer);
  return { host: createMicroMdmHost({ fetch, ...settings }), seen };
}

/** `queue` answers the inspection, `put` the command itself. */
function hostWithQueue(queue: FakeAnswer, put: FakeAnswer) {
  return hostAnswering((_url, init) => (init.method === 'GET' ? queue : put));
}

describe('what an enqueue answer of MicroMDM means', () => {
  it.each<[string, FakeAnswer, object]>([
    ['taken', { status: 201, body: taken }, { kind: 'queued' }],
    ['taken, another command', { status: 201, body: { payload: { command_uuid: 'other' } } }, { kind: 'ambiguous' }],
    ['taken, cut short', { status: 201, body: '{"payl' }, { kind: 'ambiguous' }],
    ['taken, not readable', { status: 201, body: new Error('reset') }, { kind: 'ambiguous' }],
    ['200 of somebody else', { status: 200, body: '<html>' }, { kind: 'ambiguous' }],
    [
      'no plist',
      { status: 500, body: { error: 'parse payload as plist: EOF' } },
      { kind: 'refused', message: 'parse payload as plist: EOF' },
    ],
    ['no command', { status: 500, body: { error: 'request is malformed' } }, { kind: 'refused', message: 'request is malformed' }],
    ['own trouble', { status: 500, body: { error: 'publish raw mdm command on topic: mdm.RawCommand' } }, { kind: 'retry' }],
    ['a proxy’s 500', { status: 500, body: 'oops' }, { kind: 'ambiguous' }],
    ['a proxy’s 502', { status: 502, body: '<html>bad gateway</html>' }, { kind: 'ambiguous' }],
    ['wrong key', { status: 401, body: { error: 'Unauthorized' } }, { kind: 'unauthorized', message: 'HTTP 401' }],
    ['no such path', { status: 404, body: '404 page not found\n' }, { kind: 'retry', message: 'HTTP 404: 404 page not found' }],
    ['too many', { status: 429, body: '' }, { kind: 'retry' }],
    ['too long', { status: 413, body: '' }, { kind: 'refused' }],
    ['no connection', { fails: fetchFailure('ECONNREFUSED') }, { kind: 'retry' }],
    ['reset', { fails: fetchFailure('ECONNRESET') }, { kind: 'ambiguous' }],
    ['no answer', { fails: timeout() }, { kind: 'ambiguous', message: 'timeout' }],
  ])('%s', async (_name, answer, expected) => {
    const { host } = hostAnswering(answer);
    expect(await host.enqueue(id, uuid, '<plist/>')).toMatchObject(expected);
  });

  it('is asked for with our bytes, by PUT, with the key of user micromdm', async () => {
    const { host, seen } = hostAnswering({ status: 201, body: taken });
    await host.enqueue(id, uuid, '<plist/>');
    expect(seen).toMatchObject([
      { url: `http://micromdm:8080/v1/commands/${id}`, init: { method: 'PUT', headers: { authorization }, body: '<plist/>' } },
    ]);
  });

  it.each(['', '..', 'a/b', `${id}:USER-1`, `${id}:jane@example.com`])(
    'an id that is no queue of a device (%j) is refused, and nothing sent',
    async (other) => {
      const { host, seen } = hostAnswering({ status: 201, body: taken });
      expect((await host.enqueue(other, uuid, '<plist/>')).kind).toBe('refused');
      expect((await host.push([other])).errors.get(other)?.kind).toBe('unknown-id');
      expect(seen).toEqual([]);
    },
  );
});

describe('a command that may be queued already', () => {
  const listed = {
    status: 200,
    body: {
      commands: [
        { uuid: 'other', payload: '' },
        { uuid, payload: 'AAAA' },
      ],
    },
  };
  const other = { status: 200, body: { commands: [{ uuid: 'other', payload: '' }] } };
  const empty = { status: 200, body: {} };
  const put = { status: 201, body: taken };

  it.each<[string, FakeAnswer, object]>([
    ['is listed', listed, { kind: 'already-queued' }],
    ['is not listed', other, { kind: 'unknowable' }],
    ['the queue is empty', empty, { kind: 'unknowable' }],
    ['the queue can’t be read', { status: 500, body: { error: 'clearing command queue' } }, { kind: 'retry' }],
    ['somebody else answers', { status: 200, body: '<html>' }, { kind: 'retry' }],
    ['nobody answers', { fails: timeout() }, { kind: 'retry' }],
    ['the key is wrong', { status: 401, body: { error: 'Unauthorized' } }, { kind: 'unauthorized' }],
  ])('%s', async (_name, queue, expected) => {
    const { host, seen } = hostWithQueue(queue, put);
    expect(await host.enqueue(id, uuid, '<plist/>', { maybeQueued: true })).toMatchObject(expected);
    expect(seen[0]).toMatchObject({ url: `http://micromdm:8080/v1/commands/${id}`, init: { method: 'GET', headers: { authorization } } });
    expect(seen.some(({ init }) => init.method === 'PUT')).toBe(false);
  });

  it('is not looked for when nothing was ambiguous', async () => {
    const { host, seen } = hostWithQueue(listed, put);
    expect(await host.enqueue(id, uuid, '<plist/>', { maybeQueued: false })).toStrictEqual({ kind: 'queued' });
    expect(seen.map(({ init }) => init.method)).toEqual(['PUT']);
  });
});

describe('what a push answer of MicroMDM means', () => {
  it.each<[string, FakeAnswer, string | undefined]>([
    ['pushed', { status: 200, body: { status: 'success', push_notification_id: 'A' } }, undefined],
    ['no push data', { status: 500, body: { error: `retrieving PushInfo by UDID: not found: PushInfo udid ${id}` } }, 'unknown-id'],
    [
      'unregistered',
      { status: 500, body: { error: 'device token is inactive for the specified topic (last invalid at 2026-01-01)' } },
      'gone',
    ],
    ['bad token', { status: 500, body: { error: 'bad device token' } }, 'credential'],
    [
      'expired',
      { status: 500, body: { error: 'push error: possibly expired or invalid APNs certificate: tls: internal error' } },
      'credential',
    ],
    ['busy', { status: 500, body: { error: 'the service is unavailable' } }, 'later'],
    ['no network', { status: 500, body: { error: 'Post "https://api.push.apple.com/3/device/00": no such host' } }, 'later'],
    ['a token of another form', { status: 500, body: { error: 'invalid push token' } }, 'later'],
    ['wrong key', { status: 401, body: { error: 'Unauthorized' } }, 'credential'],
    ['a proxy', { status: 502, body: '<html>' }, 'later'],
    ['hung up', { fails: fetchFailure('UND_ERR_SOCKET') }, 'later'],
  ])('%s', async (_name, answer, kind) => {
    const { host, seen } = hostAnswering(answer);
    expect((await host.push([id])).errors.get(id)?.kind).toBe(kind);
    expect(seen).toMatchObject([{ url: `http://micromdm:8080/v1/push/${id}`, init: { method: 'POST', headers: { authorization } } }]);
  });

  it('comes for each id by itself', async () => {
    const { host, seen } = hostAnswering((url) =>
      url.endsWith('/B') ? { status: 500, body: { error: 'bad device token' } } : { status: 200, body: {} },
    );
    const { errors } = await host.push(['A', 'B', 'A', 'C']);
    expect([...errors.keys()]).toEqual(['B']);
    expect(seen.map(({ url }) => url.at(-1))).toEqual(['A', 'B', 'C']);
  });
});

describe('the probe of MicroMDM', () => {
  const version = { status: 200, body: { version: 'v1.13.1', branch: 'unknown', revision: 'unknown' } };
  const probing = (answer: FakeAnswer) => hostAnswering((url) => (url === 'http://micromdm:8080/version' ? version : answer));

  it.each<[string, FakeAnswer, object]>([
    ['a good key', { status: 200, body: {} }, { reachable: true, authorized: true, version: 'v1.13.1' }],
    ['a wrong key', { status: 401, body: { error: 'Unauthorized' } }, { reachable: true, authorized: false, version: 'v1.13.1' }],
    [
      'no API',
      { status: 404, body: '404 page not found' },
      { reachable: true, version: 'v1.13.1', message: expect.stringContaining('-api-key') },
    ],
    ['silence', { fails: timeout() }, { reachable: true, version: 'v1.13.1', message: 'timeout' }],
  ])('with %s changes nothing', async (_name, answer, expected) => {
    const { host, seen } = probing(answer);
    expect(await host.probe()).toStrictEqual(expected);
    expect(seen.map(({ init }) => init.method)).toEqual(['GET', 'GET']);
  });
});

describe('the list of devices', () => {
  const list = async (answer: FakeAnswer) => listDevices({ fetch: fakeFetch(answer).fetch, ...settings });

  it('has every UDID once, and what is known of it', async () => {
    const { fetch, seen } = fakeFetch({
      status: 200,
      body: {
        devices: [
          {
            serial_number: 'C02A',
            udid: 'A',
            enrollment_status: true,
            last_seen: '2026-11-21T00:01:39.015563231Z',
            dep_profile_status: '',
          },
          { serial_number: '', udid: 'B', enrollment_status: false, last_seen: '0001-01-01T00:00:00Z', dep_profile_status: '' },
          { serial_number: 'C02C', udid: '', enrollment_status: false, last_seen: '0001-01-01T00:00:00Z', dep_profile_status: 'assigned' },
        ],
      },
    });
    expect(await listDevices({ fetch, ...settings })).toStrictEqual({
      kind: 'devices',
      devices: [
        { udid: 'A', serialNumber: 'C02A', isEnrolled: true, lastSeenAt: Date.parse('2026-11-21T00:01:39.015Z') },
        { udid: 'B', isEnrolled: false },
      ],
    });
    expect(seen).toMatchObject([
      { url: 'http://micromdm:8080/v1/devices', init: { method: 'POST', body: '{}', headers: { authorization } } },
    ]);
  });

  it.each<[string, FakeAnswer, object]>([
    ['nobody enrolled', { status: 200, body: { devices: null } }, { kind: 'devices', devices: [] }],
    ['wrong key', { status: 401, body: { error: 'Unauthorized' } }, { kind: 'unauthorized', message: 'HTTP 401' }],
    ['an error', { status: 500, body: { error: 'x' } }, { kind: 'failed', message: expect.stringMatching(/^HTTP 500/) }],
    ['a page', { status: 200, body: '<html>' }, { kind: 'failed', message: 'HTTP 200: <html>' }],
    ['silence', { fails: timeout() }, { kind: 'failed', message: 'timeout' }],
  ])('%s', async (_name, answer, expected) => {
    expect(await list(answer)).toStrictEqual(expected);
  });
});

it.each([
  ['http://mm:8080/v1/commands/', 'http://mm:8080/version'],
  ['https://mdm.example.com/micro/v1/commands', 'https://mdm.example.com/micro/version'],
])('finds the version beside %s', async (commandsUrl, version) => {
  const { fetch, seen } = fakeFetch({ status: 200, body: {} });
  await createMicroMdmHost({ fetch, commandsUrl, pushUrl: 'http://mm/v1/push', key: 'k' }).probe();
  expect(seen[0]?.url).toBe(version);
});
