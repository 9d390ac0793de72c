import { describe, expect, it } from 'vitest';
import { createWatch } from '../../src/engine/watch.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { DeclarationChannel } from '../../src/hosts/declaration-channel.ts';
import type { EnqueueAnswer, Host, PushAnswer } from '../../src/hosts/host.ts';

/** What the watch says of neighbours, by what they do. */

function watched(answers: { enqueue?: EnqueueAnswer; push?: PushAnswer } = {}) {
  let now = 1_000;
  const clock = { now: () => now };
  const host: Host = {
    name: 'nobody',
    capabilities: hostCapabilities.nanomdm,
    enqueue: async () => answers.enqueue ?? { kind: 'queued' },
    push: async () => answers.push ?? { errors: new Map() },
    probe: async () => ({ reachable: true }),
  };
  const watch = createWatch(host, clock);
  const setNow = (instant: number) => {
    now = instant;
  };
  return { watch, setNow };
}

const later = { kind: 'later', message: 'no answer' } as const;

describe('the watch', () => {
  it.each<[EnqueueAnswer, object]>([
    [{ kind: 'queued' }, { okAt: 1_000 }],
    [{ kind: 'already-queued' }, { okAt: 1_000 }],
    [{ kind: 'refused', message: 'unknown id' }, { okAt: 1_000 }],
    [
      { kind: 'retry', message: '503' },
      { failedAt: 1_000, problem: '503' },
    ],
    [
      { kind: 'ambiguous', message: 'timeout' },
      { failedAt: 1_000, problem: 'timeout' },
    ],
    [
      { kind: 'unauthorized', message: '401' },
      { failedAt: 1_000, problem: '401' },
    ],
  ])('takes %j of the server for this', async (answer, contact) => {
    const { watch } = watched({ enqueue: answer });
    expect(await watch.host.enqueue('D1', 'uuid', '<plist/>')).toBe(answer);
    expect(watch.seen().contacts.commands).toEqual(contact);
  });

  it.each<[string, [string, PushAnswer['errors'] extends Map<string, infer E> ? E : never][], object]>([
    ['all taken', [], { okAt: 1_000 }],
    ['one of two not', [['D1', later]], { okAt: 1_000 }],
    [
      'none',
      [
        ['D1', later],
        ['D2', later],
      ],
      { failedAt: 1_000, problem: 'no answer' },
    ],
    [
      'devices that are gone',
      [
        ['D1', { kind: 'gone', message: 'gone' }],
        ['D2', { kind: 'unknown-id', message: 'unknown' }],
      ],
      { okAt: 1_000 },
    ],
  ])('judges pushes as a whole: %s', async (_, errors, contact) => {
    const { watch } = watched({ push: { errors: new Map(errors) } });
    await watch.host.push(['D1', 'D2']);
    expect(watch.seen().contacts.pushes).toEqual(contact);
  });

  it('keeps the last success beside the last failure, and little of what was said', async () => {
    const { watch, setNow } = watched();
    const receive = watch.webhook(async (text: string) =>
      text === '' ? { kind: 'committed', topic: 'mdm.Connect' } : { kind: 'malformed', message: text.repeat(400) },
    );
    await receive('');
    setNow(2_000);
    await receive('x');
    expect(watch.seen().contacts.webhook).toEqual({ okAt: 1_000, failedAt: 2_000, problem: 'x'.repeat(300) });
    const serve = watch.declarations(async ({ status }: { endpoint: { kind: string }; status: number }) => ({ status }));
    await serve({ endpoint: { kind: 'tokens' }, status: 404 });
    expect(watch.seen().contacts.declarations).toEqual({ okAt: 2_000 });
    await serve({ endpoint: { kind: 'tokens' }, status: 500 });
    expect(watch.seen().contacts.declarations).toMatchObject({ failedAt: 2_000 });
  });

  it('tells that devices ask for declarations, wherever the server sends that, and that they come for the lists', async () => {
    const { watch, setNow } = watched();
    const receive = watch.webhook(async (isDeclarative: boolean) => ({
      kind: 'committed',
      topic: 'mdm.Connect',
      ...(isDeclarative ? { isDeclarative } : {}),
    }));
    await receive(true);
    setNow(2_000);
    await receive(false);
    expect(watch.seen().contacts.webhook).toEqual({ okAt: 2_000, declarativeAt: 1_000 });
    const serve = watch.declarations(async (_request: { endpoint: { kind: string } }) => ({ status: 200 }));
    await serve({ endpoint: { kind: 'declaration-items' } });
    setNow(3_000);
    await serve({ endpoint: { kind: 'tokens' } });
    expect(watch.seen().contacts.declarations).toEqual({ okAt: 3_000, listsAt: 2_000 });
  });

  it('counts what was refused at the door by its reason, the latest first', () => {
    const { watch, setNow } = watched();
    watch.refusals.note('webhook', 'unsigned', '/webhook');
    watch.refusals.note('webhook', 'unsigned', '/webhook');
    setNow(2_000);
    watch.refusals.note('webhook', 'wrong-path', `/${'x'.repeat(400)}`);
    expect(watch.seen().contacts.webhook.refused).toEqual([
      { because: 'wrong-path', count: 1, at: 2_000, path: `/${'x'.repeat(99)}` },
      { because: 'unsigned', count: 2, at: 1_000, path: '/webhook' },
    ]);
    expect(watch.seen().contacts.declarations.refused).toBeUndefined();
  });

  it('takes for a sign that KMFDDM answers devices what only it can have told them', async () => {
    const { watch, setNow } = watched();
    const receive = watch.webhook(async (isForOurs: boolean) => ({
      ...{ kind: 'committed', topic: 'mdm.DeclarativeManagement', isDeclarative: true },
      ...(isForOurs ? { isForOurs } : {}),
    }));
    await receive(false);
    expect(watch.seen().contacts.kmfddm).toEqual({});
    setNow(2_000);
    await receive(true);
    expect(watch.seen().contacts.kmfddm).toEqual({ answersAt: 2_000 });
  });

  it('notes each call of the declaration channel, and when a device reported there', async () => {
    const { watch } = watched();
    const report = (ageMs: number) => ({ kind: 'done' as const, report: { id: '1', ageMs, body: '{}' } });
    let answer: ReturnType<typeof report> | { kind: 'refused'; message: string } = report(100);
    const server = { name: 'kmfddm', readReport: async () => answer } as unknown as DeclarationChannel;
    const channel = watch.channel(server);
    expect(await channel?.readReport('D1', 0)).toBe(answer);
    expect(watch.seen().contacts.kmfddm).toEqual({ okAt: 1_000, answersAt: 900 });
    answer = report(200);
    await channel?.readReport('D2', 0);
    answer = { kind: 'refused', message: 'HTTP 500: no' };
    await channel?.readReport('D1', 0);
    expect(watch.seen().contacts.kmfddm).toEqual({ okAt: 1_000, answersAt: 900, failedAt: 1_000, problem: 'HTTP 500: no' });
    expect(watch.channel(undefined)).toBeUndefined();
  });
});
