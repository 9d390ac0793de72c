import { describe, expect, it } from 'vitest';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { type FakeAnswer, fakeFetch, fetchFailure, timeout } from './fake-fetch.ts';

const id = '7B0C9D1E-33A4-4C55-9E6F-0123456789AB';
const uuid = '2f0c2f3e-9d55-4b0c-8a41-7f8c1f0a9f11';
const echo = { command_uuid: uuid, request_type: 'DeviceInformation' };

function hostAnswering(answer: Parameters<typeof fakeFetch>[0]) {
  const { fetch, seen } = fakeFetch(answer);
  const host = createNanoMdmHost({
    fetch,
    enqueueUrl: 'http://nanomdm:9000/v1/enqueue',
    pushUrl: 'http://nanomdm:9000/v1/push/',
    key: 'apikey',
  });
  return { host, seen };
}

describe('what an enqueue answer means', () => {
  it.each<[string, FakeAnswer, object]>([
    ['queued, no push wanted', { status: 200, body: { no_push: true, ...echo } }, { kind: 'queued' }],
    ['queued and pushed', { status: 200, body: { status: { [id]: { push_result: 'APNS' } }, ...echo } }, { kind: 'queued' }],
    [
      'queued, no device pushed',
      { status: 500, body: { status: { [id]: { push_error: 'push data missing for id' } }, ...echo } },
      { kind: 'queued' },
    ],
    [
      'queued, error beside the APNs id',
      {
        status: 500,
        body: {
          status: {
            [id]: { push_error: 'push HTTP status: 410: APNs push error: Unregistered: timestamp 1700000000000', push_result: 'C2EF' },
          },
          ...echo,
        },
      },
      { kind: 'queued' },
    ],
    [
      'queued, some pushed',
      { status: 207, body: { status: { [id]: { push_result: 'A' }, other: { push_error: 'x' } }, ...echo } },
      { kind: 'queued' },
    ],
    [
      'queued, no push certificate',
      { status: 500, body: { push_error: 'retrieving push cert for topic "com.apple.mgmt.External.lab": key not found', ...echo } },
      { kind: 'queued' },
    ],
    [
      'known to kv',
      { status: 500, body: { no_push: true, command_error: `command already exists: ${uuid}`, ...echo } },
      { kind: 'already-queued' },
    ],
    [
      'known to kv, filed under the UUID',
      { status: 500, body: { status: { [uuid]: { command_error: `command already exists: ${uuid}` } }, ...echo } },
      { kind: 'already-queued' },
    ],
    [
      'known to PostgreSQL',
      { status: 500, body: { command_error: 'pq: duplicate key value violates unique constraint "commands_pkey"', ...echo } },
      { kind: 'already-queued' },
    ],
    [
      'known to MySQL',
      { status: 500, body: { command_error: `Error 1062 (23000): Duplicate entry '${uuid}' for key 'commands.PRIMARY'`, ...echo } },
      { kind: 'already-queued' },
    ],
    [
      'not a plist',
      { status: 500, body: { command_error: 'decoding command: parse error: plist: unexpected non-empty xml.CharData' } },
      { kind: 'refused', message: 'decoding command: parse error: plist: unexpected non-empty xml.CharData' },
    ],
    [
      'no command',
      { status: 500, body: { command_error: 'decoding command: invalid command' } },
      { kind: 'refused', message: 'decoding command: invalid command' },
    ],
    [
      'not XML, on PostgreSQL',
      {
        status: 500,
        body: { command_error: 'pq: new row for relation "commands" violates check constraint "commands_command_check"', ...echo },
      },
      { kind: 'refused', message: 'pq: new row for relation "commands" violates check constraint "commands_command_check"' },
    ],
    [
      'the database down',
      { status: 500, body: { command_error: 'dial tcp 10.0.0.7:5432: connect: connection refused', ...echo } },
      { kind: 'retry', message: 'dial tcp 10.0.0.7:5432: connect: connection refused' },
    ],
    [
      'an id unknown to PostgreSQL',
      {
        status: 500,
        body: {
          command_error: 'pq: insert or update on table "enrollment_queue" violates foreign key constraint "enrollment_queue_id_fkey"',
          ...echo,
        },
      },
      { kind: 'retry', message: expect.stringContaining('foreign key') },
    ],
    [
      'a body it could not read',
      { status: 500, body: { push_error: 'nil API result', command_error: 'nil API result' } },
      { kind: 'retry', message: 'nil API result' },
    ],
    ['time over', { fails: timeout() }, { kind: 'ambiguous', message: 'timeout' }],
    ['a reset connection', { fails: fetchFailure('ECONNRESET') }, { kind: 'ambiguous', message: 'fetch failed, ECONNRESET' }],
    ['nothing listens', { fails: fetchFailure('ECONNREFUSED') }, { kind: 'retry', message: 'fetch failed, ECONNREFUSED' }],
    [
      'nothing listens, in words that have the code already',
      { fails: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9000'), { cause: { code: 'ECONNREFUSED' } }) },
      { kind: 'retry', message: 'connect ECONNREFUSED 127.0.0.1:9000' },
    ],
    ['a name nobody knows', { fails: fetchFailure('ENOTFOUND') }, { kind: 'retry', message: 'fetch failed, ENOTFOUND' }],
    ['an error that is none', { fails: 'boo' as unknown as Error }, { kind: 'ambiguous', message: 'request failed' }],
    ['a wrong key', { status: 401, body: 'Unauthorized\n' }, { kind: 'unauthorized', message: 'HTTP 401' }],
    ['an address that is too long', { status: 431, body: '' }, { kind: 'refused', message: 'HTTP 431: too long for the server' }],
    [
      'a proxy whose server is away',
      { status: 502, body: '<html>Bad Gateway</html>' },
      { kind: 'ambiguous', message: 'HTTP 502: <html>Bad Gateway</html>' },
    ],
    ['a proxy that waited', { status: 504, body: '' }, { kind: 'ambiguous', message: 'HTTP 504, empty body' }],
    ['500 with a page', { status: 500, body: 'Internal Server Error' }, { kind: 'ambiguous', message: 'HTTP 500: Internal Server Error' }],
    ['500 cut short', { status: 500, body: new Error('aborted') }, { kind: 'ambiguous', message: 'HTTP 500, body not readable' }],
    ['500 without an error', { status: 500, body: {} }, { kind: 'ambiguous', message: 'HTTP 500: {}' }],
    [
      '200 with a page: not our server',
      { status: 200, body: '<html>Log in</html>' },
      { kind: 'ambiguous', message: 'HTTP 200: <html>Log in</html>' },
    ],
    ['200 cut short', { status: 200, body: new Error('aborted') }, { kind: 'ambiguous', message: 'HTTP 200, body not readable' }],
    [
      '200 for another command',
      { status: 200, body: { ...echo, command_uuid: 'other' } },
      { kind: 'ambiguous', message: expect.stringContaining('HTTP 200') },
    ],
    ['no API', { status: 404, body: '404 page not found\n' }, { kind: 'retry', message: 'HTTP 404: 404 page not found' }],
    ['a proxy that limits', { status: 429, body: '' }, { kind: 'retry', message: 'HTTP 429, empty body' }],
    ['a proxy that did not get the request in time', { status: 408, body: '' }, { kind: 'ambiguous', message: 'HTTP 408, empty body' }],
  ])('%s', async (_name, answer, expected) => {
    expect(await hostAnswering(answer).host.enqueue(id, uuid, '<?xml?>')).toStrictEqual(expected);
  });
});

describe('an enqueue request', () => {
  it.each([
    ['a device', id, `http://nanomdm:9000/v1/enqueue/${id}?nopush=1`],
    ['a user channel', 'U:V@example.com', 'http://nanomdm:9000/v1/enqueue/U%3AV%40example.com?nopush=1'],
    ['an id with a question mark', 'a?b#c', 'http://nanomdm:9000/v1/enqueue/a%3Fb%23c?nopush=1'],
  ])('for %s has the bytes given, the key, and asks for no push', async (_name, enrollmentId, url) => {
    const { host, seen } = hostAnswering({ status: 200, body: echo });
    await host.enqueue(enrollmentId, uuid, '<?xml exactly these?>');
    expect(seen).toStrictEqual([
      {
        url,
        init: { method: 'PUT', headers: { authorization: 'Basic bmFub21kbTphcGlrZXk=' }, body: '<?xml exactly these?>', timeoutMs: 30_000 },
      },
    ]);
  });

  it.each(['', '.', '..', 'a,b', 'a/b', 'a\\b', '\uD800', 'x'.repeat(256)])('is never made for the id %j', async (enrollmentId) => {
    const { host, seen } = hostAnswering({ status: 200, body: echo });
    expect((await host.enqueue(enrollmentId, uuid, '<?xml?>')).kind).toBe('refused');
    expect((await host.push([enrollmentId])).errors.get(enrollmentId)?.kind).toBe('unknown-id');
    expect(seen).toStrictEqual([]);
  });

  it('goes below a prefix when the operator’s URL has one', async () => {
    const { fetch, seen } = fakeFetch({ status: 200, body: echo });
    const host = createNanoMdmHost({
      fetch,
      enqueueUrl: 'https://user:pw@mdm.example.com/nano/v1/enqueue/',
      pushUrl: 'https://mdm.example.com/nano/v1/push',
      key: 'k',
    });
    await host.enqueue('A', uuid, '<?xml?>');
    await host.push(['A']);
    await host.probe();
    expect(seen.map(({ url }) => url)).toStrictEqual([
      'https://mdm.example.com/nano/v1/enqueue/A?nopush=1',
      'https://mdm.example.com/nano/v1/push/A',
      'https://mdm.example.com/nano/version',
      'https://mdm.example.com/nano/v1/push/__probe__',
    ]);
  });

  it.each(['', 'nanomdm:9000/v1/enqueue/', 'ftp://nanomdm/'])('can’t be made to %j', (enqueueUrl) => {
    const { fetch } = fakeFetch({ status: 200, body: {} });
    expect(() => createNanoMdmHost({ fetch, enqueueUrl, pushUrl: 'http://h/v1/push/', key: 'k' })).toThrow(TypeError);
  });
});

describe('what a push answer means', () => {
  const failed = (push_error: string) => ({ status: 500, body: { status: { [id]: { push_error, push_result: 'E3F6' } } } });
  it.each<[string, FakeAnswer, string | undefined]>([
    ['pushed', { status: 200, body: { status: { [id]: { push_result: 'F024DA13' } } } }, undefined],
    ['pushed, another one not', { status: 207, body: { status: { [id]: { push_result: 'F0' }, other: { push_error: 'x' } } } }, undefined],
    ['unenrolled or erased', failed('push HTTP status: 410: APNs push error: Unregistered: timestamp 1700000000000'), 'gone'],
    ['no token', failed('push data missing for id'), 'unknown-id'],
    ['a bad token', failed('push HTTP status: 400: APNs push error: BadDeviceToken'), 'credential'],
    ['the wrong topic', failed('push HTTP status: 400: APNs push error: DeviceTokenNotForTopic'), 'credential'],
    ['a refused certificate', failed('push HTTP status: 403: APNs push error: InvalidProviderToken'), 'credential'],
    [
      'an expired certificate',
      failed('Post "https://api.push.apple.com/3/device/02": remote error: tls: expired certificate'),
      'credential',
    ],
    ['too many', failed('push HTTP status: 429: APNs push error: TooManyRequests'), 'later'],
    ['APNs away', failed('push HTTP status: 503: APNs push error: ServiceUnavailable'), 'later'],
    [
      'APNs out of reach',
      failed('Post "https://api.push.apple.com/3/device/02": dial tcp: lookup api.push.apple.com: no such host'),
      'later',
    ],
    [
      'no certificate for the topic',
      { status: 500, body: { push_error: 'retrieving push cert for topic "com.apple.mgmt.External.lab": key not found' } },
      'credential',
    ],
    ['an error of the storage', { status: 500, body: { push_error: 'dial tcp 10.0.0.7:5432: connect: connection refused' } }, 'later'],
    ['an answer that leaves the id out', { status: 200, body: { status: {} } }, 'later'],
    ['an answer without an API', { status: 404, body: '404 page not found\n' }, 'later'],
    ['a wrong key', { status: 401, body: 'Unauthorized\n' }, 'credential'],
    ['a proxy whose server is away', { status: 502, body: '<html>' }, 'later'],
    ['an answer cut short', { status: 200, body: new Error('aborted') }, 'later'],
    ['time over', { fails: timeout() }, 'later'],
    ['nothing listens', { fails: fetchFailure('ECONNREFUSED') }, 'later'],
  ])('%s', async (_name, answer, kind) => {
    const { errors } = await hostAnswering(answer).host.push([id]);
    expect(errors.get(id)?.kind).toBe(kind);
    expect([...errors.keys()]).toStrictEqual(kind === undefined ? [] : [id]);
  });

  it('is asked for 30 ids at a time, each once', async () => {
    const ids = Array.from({ length: 65 }, (_, at) => `ID-${at}`);
    const { host, seen } = hostAnswering((url) => {
      const asked = url.slice(url.lastIndexOf('/') + 1).split(',');
      return { status: 200, body: { status: Object.fromEntries(asked.map((one) => [one, { push_result: 'x' }])) } };
    });
    expect((await host.push([...ids, ...ids])).errors.size).toBe(0);
    const asked = seen.map(({ url }) => url.slice('http://nanomdm:9000/v1/push/'.length).split(','));
    expect(asked.map((chunk) => chunk.length)).toStrictEqual([30, 30, 5]);
    expect(asked.flat()).toStrictEqual(ids);
    expect(seen.every(({ init }) => init.body === undefined && init.timeoutMs === 60_000)).toBe(true);
  });

  it('of nothing asks nothing', async () => {
    const { host, seen } = hostAnswering({ status: 200, body: {} });
    expect((await host.push([])).errors.size).toBe(0);
    expect(seen).toStrictEqual([]);
  });
});

describe('a probe', () => {
  const version = { status: 200, body: { version: 'v0.9.0' } };
  const unknownId = { status: 500, body: { status: { __probe__: { push_error: 'push data missing for id' } } } };
  it.each<[string, FakeAnswer, FakeAnswer, object]>([
    ['of a server that knows us', version, unknownId, { reachable: true, authorized: true, version: 'v0.9.0' }],
    [
      'of a server with a push problem',
      version,
      { status: 500, body: { push_error: 'x' } },
      { reachable: true, authorized: true, version: 'v0.9.0' },
    ],
    ['with a wrong key', version, { status: 401, body: 'Unauthorized\n' }, { reachable: true, authorized: false, version: 'v0.9.0' }],
    [
      'of a server without its API',
      version,
      { status: 404, body: '404 page not found\n' },
      { reachable: true, version: 'v0.9.0', message: 'HTTP 404 from the push API: is the server started with -api?' },
    ],
    [
      'of something else',
      { status: 200, body: 'hello' },
      { status: 200, body: 'hello' },
      { reachable: true, message: 'HTTP 200 from the push API: is the server started with -api?' },
    ],
    [
      'of nothing',
      { fails: fetchFailure('ECONNREFUSED') },
      { fails: fetchFailure('ECONNREFUSED') },
      { reachable: false, message: 'fetch failed, ECONNREFUSED' },
    ],
    ['of a server that hangs at push', version, { fails: timeout() }, { reachable: true, version: 'v0.9.0', message: 'timeout' }],
  ])('%s', async (_name, atVersion, atPush, expected) => {
    const { host } = hostAnswering((url) => (url.endsWith('/version') ? atVersion : atPush));
    expect(await host.probe()).toStrictEqual(expected);
  });

  it('of NanoHUB asks for the version at its root', async () => {
    const { fetch, seen } = fakeFetch(version);
    const base = 'http://nanohub:9004/api/v1/nanomdm';
    await createNanoMdmHost({ fetch, enqueueUrl: `${base}/enqueue/`, pushUrl: `${base}/push/`, key: 'k' }).probe();
    expect(seen[0]).toMatchObject({ url: 'http://nanohub:9004/version', init: { method: 'GET' } });
  });
});
