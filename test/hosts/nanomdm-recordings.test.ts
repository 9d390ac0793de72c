import { expect } from 'vitest';
import { decodeWebhook } from '../../src/hosts/decode-webhook.ts';
import { classifyEnqueue } from '../../src/hosts/nanomdm/enqueue-answer.ts';
import { classifyPush } from '../../src/hosts/nanomdm/push-answer.ts';
import { readEnvelope } from '../../src/hosts/webhook-envelope.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { recordedFiles, testRecordings } from './recordings.ts';

const decodePlist = async (bytes: Uint8Array) => parsePlist(bytes);

interface Exchange {
  request: { method: string; path: string; body: string };
  response: { status: number; body: string };
}

function recordedBodies(): Array<[name: string, body: string]> {
  const single = ['recorded/nanomdm', 'webhook/micromdm'].flatMap((folder) =>
    recordedFiles(folder, /\.body\.json$|^mdm\.[A-Za-z]+\.json$/),
  );
  const logged = recordedFiles('recorded', /(nanohub|micromdm|chain)\/webhook\.jsonl$/).flatMap(([name, bytes]) =>
    bytes
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line, at): [string, string] => [`${name}:${at + 1}`, JSON.parse(line).body]),
  );
  return [...single.map(([name, bytes]): [string, string] => [name, bytes.toString()]), ...logged];
}

const bodies = recordedBodies();
testRecordings('webhooks of real servers', bodies, async (_name, body) => {
  const read = readEnvelope(body);
  if (!read.ok) throw new Error(read.message);
  expect(read.value.createdAt).toBeGreaterThan(Date.UTC(2016, 0));
  const event = await decodeWebhook(read.value, decodePlist);
  expect(event).toMatchObject({ kind: 'event', enrollment: { id: expect.stringMatching(/./) } });
  if (event.kind === 'event' && read.value.status)
    expect(event.message).toMatchObject({ kind: 'CommandReport', status: read.value.status });
  // What the server made of the ids and what the payload says must be one thing.
  const fromPayload = await decodeWebhook({ ...read.value, ids: undefined }, decodePlist);
  expect(fromPayload).toStrictEqual(event);
});

const exchanges = recordedFiles('recorded/nanomdm', /^(push\/)?\d+-.*\.json$/).map(([name, bytes]): [string, Exchange] => [
  name,
  JSON.parse(bytes.toString()),
]);
const enqueued = exchanges.filter(([, { request }]) => request.path.startsWith('/v1/enqueue/'));
/** Recordings of enqueue that are something else than "queued". */
const notQueued: Record<string, string> = {
  '14-enqueue-same-uuid-again': 'already-queued',
  '36-enqueue-not-a-plist': 'refused',
  '37-enqueue-no-uuid': 'refused',
};

testRecordings('enqueue answers of a real server', enqueued, (name, { response }) => {
  const short = /([^/]+)\.json$/.exec(name)?.[1] ?? '';
  const uuid = /"command_uuid": "([^"]+)"/.exec(response.body)?.[1] ?? 'none';
  expect(classifyEnqueue(response.status, response.body, uuid).kind).toBe(notQueued[short] ?? 'queued');
});

const pushed = exchanges.filter(([, { request }]) => request.path.startsWith('/v1/push/'));
/** The last digit of the recorded id says what Apple's stand-in answered to it. */
const kindOfDigit: Record<string, string | undefined> = { 1: undefined, 2: 'gone', 3: 'credential', 4: 'later', NOSUCH: 'unknown-id' };

testRecordings('push answers of a real server', pushed, (name, { request, response }) => {
  const ids = request.path.slice('/v1/push/'.length).split(',');
  const { errors } = classifyPush(response.status, response.body, ids);
  const offline = !name.includes('/push/');
  for (const id of ids) {
    const key = /NOSUCH/.test(id) ? 'NOSUCH' : id.slice(-1);
    expect(errors.get(id)?.kind).toBe(offline && key !== 'NOSUCH' ? 'later' : kindOfDigit[key]);
  }
});
