import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, localOf, MINUTE_MS } from '../../src/time/local.ts';
import { NOON } from '../store/builders.ts';
import { type Answer, CHAT, createAlertsSite, OPS } from './alerts-site.ts';

const HALTED = 'rollout-halted everyone iOS 26.6.1' as const;
const raise = (site: ReturnType<typeof createAlertsSite>, key: Parameters<typeof site.alerting.alerts.raise>[0] = HALTED) =>
  site.alerting.alerts.raise(key, `Said of ${key}.`, { policy: 'everyone' });

async function started(...given: Parameters<typeof createAlertsSite>) {
  const site = createAlertsSite(...given);
  await site.alerting.start();
  await site.settle();
  return site;
}

describe('an alert', () => {
  it('is told at once to every target, signed to webhooks, as text to chats', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    await raise(site);
    await site.settle();
    expect(site.messages()).toEqual([
      {
        ...{ schema: 'ratchet.alert/1', id: 'id-1', at: NOON, event: 'raised' },
        alert: {
          ...{ key: HALTED, kind: 'rollout-halted', title: 'A rollout is halted', sentence: `Said of ${HALTED}.` },
          remedy: '`ratchet rollout show` says who failed; then `ratchet rollout resume` or `skip`.',
          ...{ urgency: 'immediate', since: NOON, detail: { policy: 'everyone' } },
        },
      },
    ]);
    const { headers = {}, body } = site.got[0] ?? {};
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['Ratchet-Signature'] ?? '') ?? [];
    expect(Number(seconds)).toBe(NOON / 1_000);
    expect(signature).toBe(
      createHmac('sha256', OPS.secret ?? '')
        .update(`${seconds}.${body}`)
        .digest('hex'),
    );
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Ratchet-Message-Id': 'id-1', 'User-Agent': 'ratchet/1.2.3' });
    expect(site.told('chat')).toEqual([
      `*A rollout is halted*\nSaid of ${HALTED}.\nWhat to do: \`ratchet rollout show\` says who failed; then \`ratchet rollout resume\` or \`skip\`.`,
    ]);
    expect(site.got[1]?.headers['Ratchet-Signature']).toBeUndefined();
  });

  it('is told once and as over a quarter of an hour later, however often it came and went in between', async () => {
    const site = await started();
    for (let round = 0; round < 5; round++) {
      await raise(site);
      await site.pass(MINUTE_MS);
      await site.alerting.alerts.clear(HALTED);
      await site.pass(10 * MINUTE_MS);
    }
    expect(site.told()).toEqual([`raised ${HALTED}`]);
    await site.pass(4 * MINUTE_MS);
    expect(site.told()).toHaveLength(1);
    await site.pass(MINUTE_MS);
    expect(site.told()).toEqual([`raised ${HALTED}`, `resolved ${HALTED}`]);
    expect(site.messages()[1]).toMatchObject({ alert: { since: NOON, until: NOON + 45 * MINUTE_MS } });
    await raise(site);
    await site.settle();
    expect(site.told()[2]).toBe(`raised ${HALTED}`);
    expect(new Set(site.got.map(({ id }) => id)).size).toBe(3);
  });

  it('about a held plan is told anew when it is another plan', async () => {
    const site = await started();
    const { alerts } = site.alerting;
    for (const plan of ['a', 'a', 'b']) {
      await alerts.clear('policies-held');
      await alerts.raise('policies-held', `Accept ${plan}.`, { plan });
      await site.pass(MINUTE_MS);
    }
    expect(site.messages().map((message) => message.event === 'raised' && message.alert.detail)).toEqual([{ plan: 'a' }, { plan: 'b' }]);
  });

  it('goes to whoever wants its kind and wants to be told at once', async () => {
    const targets = [
      { ...OPS, name: 'all' },
      { ...OPS, name: 'hosts', url: 'http://a/', kinds: ['host-unreachable' as const] },
      { ...OPS, name: 'daily', url: 'http://b/', tell: 'digest' as const },
    ];
    const site = await started({ targets });
    for (const key of [HALTED, 'host-unreachable', 'sofa-silent'] as const) await raise(site, key);
    await site.settle();
    expect(site.got.map(({ target, body }) => [target, JSON.parse(body).alert.kind])).toEqual([
      ['all', 'rollout-halted'],
      ['all', 'host-unreachable'],
      ['hosts', 'host-unreachable'],
    ]);
  });

  it('that was raised before anybody was told is told at the start', async () => {
    const site = createAlertsSite();
    await raise(site);
    await site.settle();
    expect(site.got).toEqual([]);
    await site.alerting.start();
    await site.settle();
    expect(site.told()).toEqual([`raised ${HALTED}`]);
  });
});

describe('a target that is dead for hours', () => {
  it('gets all of it in order when it comes back, and keeps nobody else waiting', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    site.answers.set('ops', () => new Error('connect ECONNREFUSED 10.0.0.1:443'));
    await raise(site);
    await site.pass(5 * HOUR_MS);
    await site.alerting.alerts.clear(HALTED);
    await site.pass(20 * MINUTE_MS);
    expect(site.told('chat').map((text) => text.split('\nWhat')[0]?.split('\nIt was')[0])).toEqual([
      `*A rollout is halted*\nSaid of ${HALTED}.`,
      '*Alerts do not arrive*\nThe target ops of alerts (webhook, alerts.example) has taken none for an hour; what waits is sent later.\nIt says: connect ECONNREFUSED 10.0.0.1:443',
      '*Over: A rollout is halted.*',
    ]);
    // 10 s, doubling to half an hour, a tenth less by chance.
    const waits = site.got
      .filter(({ target }) => target === 'ops')
      .map(({ at }, index, all) => (at - (all[index - 1]?.at ?? NOON)) / 1_000);
    expect(waits.slice(0, 11)).toEqual([0, 9, 18, 36, 72, 144, 288, 576, 1152, 1620, 1620]);
    expect(await site.alerting.list()).toMatchObject({
      alerts: [{ key: 'alerts-undelivered ops', detail: { target: 'ops', message: 'connect ECONNREFUSED 10.0.0.1:443' } }],
      targets: [
        { name: 'ops', host: 'alerts.example', waiting: 2, failingSince: NOON, said: 'connect ECONNREFUSED 10.0.0.1:443' },
        { name: 'chat', host: 'hooks.slack.example', waiting: 0 },
      ],
    });
    const before = site.got.length;
    site.answers.delete('ops');
    await site.pass(30 * MINUTE_MS);
    expect(
      site.got
        .slice(before)
        .filter(({ target }) => target === 'ops')
        .map(({ body }) => JSON.parse(body).event),
    ).toEqual(['raised', 'resolved']);
    expect(new Set(site.got.filter(({ target }) => target === 'ops').map(({ id }) => id)).size).toBe(2);
    expect(await site.alerting.list()).toMatchObject({ alerts: [], targets: [{ waiting: 0 }, { waiting: 0 }] });
    await site.pass(20 * MINUTE_MS);
    expect(site.told('chat').at(-1)).toContain('*Over: Alerts do not arrive.*');
    // Said when it began and when it ended, not with every try.
    expect(site.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('gets no more than 200, and one line for those that were dropped', async () => {
    const site = await started();
    site.answers.set('ops', () => 503);
    for (let n = 0; n < 230; n++) await raise(site, `rollout-halted p${n} iOS 26.6.1`);
    await site.settle();
    for (let n = 230; n < 260; n++) await raise(site, `rollout-halted p${n} iOS 26.6.1`);
    await site.pass(MINUTE_MS);
    const before = site.got.length;
    site.answers.delete('ops');
    await site.pass(MINUTE_MS);
    const told = site.told().slice(before);
    // The first was under way while the others came.
    expect(told.length).toBeLessThanOrEqual(202);
    const count = Number(/^dropped (\d+)$/.exec(told.find((text) => text.startsWith('dropped')) ?? '')?.[1]);
    expect(told.filter((text) => text.startsWith('raised')).length + count).toBe(260);
    expect(told.at(-1)).toBe('raised rollout-halted p259 iOS 26.6.1');
    expect(told.findIndex((text) => text.startsWith('dropped'))).toBeLessThan(2);
    expect((await site.store.loadAlertBook()).deliveries).toEqual([]);
  });

  it('is told that messages were dropped which waited for three days', async () => {
    const site = await started();
    site.answers.set('ops', () => 500);
    await raise(site);
    await site.pass(3 * DAY_MS + HOUR_MS);
    const before = site.got.length;
    site.answers.delete('ops');
    await site.pass(HOUR_MS);
    expect(site.told().slice(before)).toEqual([
      'dropped 1',
      expect.stringMatching(/^digest 2026-11-21/),
      expect.stringMatching(/^digest/),
      expect.stringMatching(/^digest/),
    ]);
  });

  it('and never answers at all is no reason to wait for anybody else, or to stay', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    site.answers.set('ops', () => 'never');
    await raise(site);
    await site.settle();
    await raise(site, 'host-unreachable');
    await site.settle();
    expect(site.got.map(({ target }) => target)).toEqual(['ops', 'chat', 'chat']);
    await site.alerting.stop();
    await site.restart();
    expect(site.got.at(-1)).toMatchObject({ target: 'ops', id: site.got[0]?.id });
  });
});

describe('the answer of a target', () => {
  it.each<[string, Answer, string[], number]>([
    ['404: given up', { status: 404, text: 'no_service' }, ['raised held'], 0],
    ['a redirection: given up, told to nobody else', 302, ['raised held'], 0],
    ['408: again', 408, ['raised held', 'raised held'], 9],
    ['429: again', 429, ['raised held', 'raised held'], 9],
    ['500: again', 500, ['raised held', 'raised held'], 9],
    ['Retry-After in seconds', { status: 429, headers: { 'Retry-After': '120' } }, ['raised held', 'raised held'], 120],
    [
      'Retry-After as a date',
      { status: 503, headers: { 'Retry-After': 'Fri, 20 Nov 2026 12:05:00 GMT' } },
      ['raised held', 'raised held'],
      300,
    ],
    ['a Retry-After of a year: six hours', { status: 503, headers: { 'Retry-After': '31536000' } }, ['raised held', 'raised held'], 21_600],
    ['a Retry-After that is none', { status: 503, headers: { 'Retry-After': 'soon' } }, ['raised held', 'raised held'], 9],
  ])('%s', async (_what, answer, told, seconds) => {
    const site = await started();
    let isFirst = true;
    site.answers.set('ops', () => {
      const given = isFirst ? answer : 200;
      isFirst = false;
      return given;
    });
    await raise(site, 'held');
    await site.pass(7 * HOUR_MS);
    expect(site.told()).toEqual(told);
    expect(((site.got.at(-1)?.at ?? 0) - NOON) / 1_000).toBe(seconds);
    const raised = (await site.store.listAlerts()).map(({ key }) => key);
    expect(raised.includes('alerts-undelivered ops')).toBe(told.length === 1);
  });

  it('that is a refusal is told, and ends with the next message that is taken', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    site.answers.set('chat', () => ({ status: 404, text: 'no_service' }));
    await raise(site, 'held');
    await site.settle();
    expect(site.told()).toEqual(['raised held', 'raised alerts-undelivered chat']);
    expect(site.messages()[1]).toMatchObject({
      alert: {
        sentence: 'The target chat of alerts (slack, hooks.slack.example) refused an alert, which is given up.',
        detail: { message: '404: no_service' },
      },
    });
    site.answers.delete('chat');
    await raise(site);
    await site.settle();
    expect((await site.store.listAlerts()).map(({ key }) => key).sort()).toEqual(['held', HALTED]);
  });
});

describe('a process that dies', () => {
  /** Raises two alerts, ends one, and has everything told. */
  async function story(site: ReturnType<typeof createAlertsSite>): Promise<void> {
    await site.alerting.start();
    await raise(site);
    await raise(site, 'held');
    await site.pass(MINUTE_MS);
    await site.alerting.alerts.clear(HALTED);
    await site.pass(16 * MINUTE_MS);
  }

  it('between sending and noting it sends the same message again, under the same id', async () => {
    const site = await started();
    site.answers.set('ops', () => {
      site.life.endAt({ port: 'store', nth: 1, when: 'before' });
      return 200;
    });
    await raise(site);
    await site.settle();
    expect([site.life.isOver, site.told()]).toEqual([true, [`raised ${HALTED}`]]);
    site.answers.delete('ops');
    await site.restart();
    expect(site.told()).toEqual([`raised ${HALTED}`, `raised ${HALTED}`]);
    const [first, second] = site.got;
    expect([second?.id, second?.body]).toEqual([first?.id, first?.body]);
    await site.restart();
    expect(site.got).toHaveLength(2);
  });

  it.each((['before', 'after'] as const).flatMap((when) => (['store', 'fetch'] as const).map((port) => ({ port, when }))))(
    '$when any call of $port loses nothing, and tells nothing under two ids',
    async ({ port, when }) => {
      for (let nth = 1; ; nth++) {
        const site = createAlertsSite();
        site.life.endAt({ port, nth, when });
        // A call of a dead process never settles.
        await Promise.race([story(site), site.pass(HOUR_MS).then(() => site.settle())]);
        const { isOver } = site.life;
        if (!isOver) {
          expect(nth).toBeGreaterThan(2);
          return;
        }
        await site.restart();
        await story(site);
        const ids = new Map(site.got.map(({ id }, index) => [id, site.told()[index]]));
        const told = [...ids.values()];
        // Whatever had begun before the death goes on; an alert that was over before may be told of once more.
        expect(new Set(told), `${nth}`).toEqual(new Set([`raised ${HALTED}`, 'raised held', `resolved ${HALTED}`]));
        expect(
          told.filter((text) => text === 'raised held'),
          `${nth}`,
        ).toHaveLength(1);
        expect((await site.store.loadAlertBook()).deliveries).toEqual([]);
      }
    },
  );
});

describe('a store that can’t be written', () => {
  it('has nothing told twice by this process, and what could not be kept is told when it can', async () => {
    const site = createAlertsSite();
    let isBroken = false;
    site.breakStore((store) => ({
      ...store,
      saveAlertBook: async (changes) => (isBroken ? Promise.reject(new Error('disk full')) : store.saveAlertBook(changes)),
    }));
    await site.restart();
    site.answers.set('ops', () => {
      isBroken = true;
      return 200;
    });
    await raise(site);
    await site.settle();
    await raise(site, 'held');
    await site.pass(10 * MINUTE_MS);
    expect(site.told()).toEqual([`raised ${HALTED}`]);
    isBroken = false;
    site.answers.delete('ops');
    await site.pass(2 * MINUTE_MS);
    expect(site.told()).toEqual([`raised ${HALTED}`, 'raised held']);
    await site.restart();
    expect(site.got).toHaveLength(2);
  });
});

describe('the digest', () => {
  const BERLIN = { at: '02:30', timeZone: 'Europe/Berlin' };

  it.each([
    ['the hour that is skipped', Date.UTC(2027, 2, 26, 12), ['2027-03-27T02:30:00', '2027-03-28T03:30:00', '2027-03-29T02:30:00']],
    ['the hour that comes twice', Date.UTC(2026, 9, 23, 12), ['2026-10-24T02:30:00', '2026-10-25T02:30:00', '2026-10-26T02:30:00']],
  ])('comes once a day at its local time, also in %s', async (_what, at, expected) => {
    const site = await started({ at, digest: BERLIN });
    await raise(site, 'sofa-silent');
    await site.pass(DAY_MS);
    await site.restart();
    await site.pass(2 * DAY_MS);
    expect(site.messages().map((message) => message.event)).toEqual(['digest', 'digest', 'digest']);
    expect(site.got.map((each) => localOf(each.at, BERLIN.timeZone))).toEqual(expected);
    expect(site.messages().map((message) => message.event === 'digest' && message.day)).toEqual(
      expected.map((local) => local.slice(0, 10)),
    );
  });

  it('says what is raised and what ended, and nothing when there is nothing', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    await site.pass(2 * DAY_MS);
    expect(site.got).toEqual([]);
    await raise(site, 'sofa-silent');
    await raise(site, 'releases-outage');
    await site.pass(HOUR_MS);
    await site.alerting.alerts.clear('releases-outage');
    await site.pass(DAY_MS);
    expect(site.told()).toEqual(['digest 2026-11-23: sofa-silent; over: releases-outage']);
    expect(site.told('chat')).toEqual([
      '*Ratchet on 2026-11-23: 1 alert is raised, 1 ended since the last digest.*\n• SOFA is silent, since 2026-11-22 12:00Z: Said of sofa-silent.\n• Over: Apple’s releases can’t be read, 2026-11-22 12:00Z to 2026-11-22 13:00Z',
    ]);
    await site.alerting.alerts.clear('sofa-silent');
    await site.pass(3 * DAY_MS);
    expect(site.told()).toEqual([expect.anything(), 'digest 2026-11-24: ; over: sofa-silent']);
  });

  it('is not told by a clock in doubt, and comes late where nobody was there at its time', async () => {
    const site = await started();
    await raise(site, 'sofa-silent');
    site.doubt(true);
    await site.pass(21 * HOUR_MS);
    expect(site.got).toEqual([]);
    site.doubt(false);
    await site.pass(2 * MINUTE_MS);
    expect(site.told()).toEqual(['digest 2026-11-21: sofa-silent; over: ']);
    await site.pass(HOUR_MS);
    expect(site.got).toHaveLength(1);
  });

  it('goes on after a clock that was years ahead', async () => {
    const site = await started();
    await site.store.saveAlertBook({ digestDay: '2080-01-01' });
    await site.restart();
    await raise(site, 'sofa-silent');
    await site.pass(DAY_MS);
    expect(site.told()).toEqual(['digest 2026-11-21: sofa-silent; over: ']);
  });
});

describe('secrets', () => {
  it('are in no line of the log, no alert and no answer, whatever a target says', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    const hidden = ['hidden', OPS.secret ?? '', '/services/'];
    site.answers.set('ops', () => new Error(`Failed to parse URL from ${OPS.url} with ${OPS.secret}`));
    site.answers.set('chat', () => ({ status: 404, text: `no such path: ${new URL(CHAT.url).pathname}\u001b[31m\n<html>` }));
    await raise(site);
    await site.pass(2 * HOUR_MS);
    const tried = await site.alerting.test(undefined, { by: 'jane' });
    const kept = [await site.store.loadAlertBook(), await site.store.listAlerts(), await site.store.listAudit(10)];
    const everything = JSON.stringify([site.lines, tried, await site.alerting.list(), kept]);
    expect(everything).toContain('Failed to parse URL from … with …');
    expect(everything).toContain('no such path: … [31m <html>');
    for (const text of hidden) expect(everything).not.toContain(text);
    expect(everything).not.toContain('\\u001b');
  });
});

describe('what a target says', () => {
  const HOOK = { ...OPS, url: 'https://alerts.example/hooks/T0-hidden%2Fkey/a?token=hidden-in-the-query&on=yes' };

  it.each([
    ['a part of its path', 'T0-hidden%2Fkey', 'no service …'],
    ['that, decoded', 'T0-hidden/key', 'no service …'],
    ['a value of its query', 'hidden-in-the-query', 'no service …'],
    ['words that are part of the address too', 'hooks a yes', 'no service hooks a yes'],
  ])('is shown without %s', async (_, said, shown) => {
    const site = await started({ targets: [HOOK] });
    site.answers.set('ops', () => ({ status: 404, text: `no service ${said}` }));
    expect(await site.alerting.test('ops', { by: 'jane' })).toMatchObject({ results: [{ said: `404: ${shown}` }] });
  });
});

describe('a test', () => {
  it('tells what each target answered, and leaves an audit line', async () => {
    const site = await started({ targets: [OPS, CHAT] });
    site.answers.set('chat', () => ({ status: 403, text: 'invalid_token' }));
    expect(await site.alerting.test(undefined, { by: 'jane', note: 'new hook' })).toEqual({
      kind: 'tried',
      results: [
        { target: 'ops', form: 'webhook', host: 'alerts.example', arrived: true, said: '200' },
        { target: 'chat', form: 'slack', host: 'hooks.slack.example', arrived: false, said: '403: invalid_token' },
      ],
    });
    expect([site.told(), site.told('chat')]).toEqual([['test by jane'], ['*A test of Ratchet’s alerts, sent by jane. Nothing is wrong.*']]);
    expect(await site.store.listAudit(1)).toEqual([
      { at: NOON, by: 'jane', act: 'alerts-test', detail: { targets: ['ops', 'chat'], note: 'new hook' } },
    ]);
    expect(await site.alerting.test('chat', { by: 'jane' })).toMatchObject({ kind: 'tried', results: [{ target: 'chat' }] });
    expect(await site.alerting.test('nobody', { by: 'jane' })).toEqual({
      kind: 'unknown',
      message: 'There is no target "nobody". There are: ops, chat.',
    });
    expect(await createAlertsSite({ targets: [] }).alerting.test(undefined, { by: 'jane' })).toMatchObject({ kind: 'none' });
  });

  it('that arrives ends the alert about its target, and has what waits sent now', async () => {
    const site = await started();
    site.answers.set('ops', () => 500);
    await raise(site);
    await site.pass(2 * HOUR_MS);
    site.answers.delete('ops');
    await site.alerting.test('ops', { by: 'jane' });
    await site.settle();
    expect(site.told().slice(-2)).toEqual(['test by jane', `raised ${HALTED}`]);
    expect((await site.store.listAlerts()).map(({ key }) => key)).toEqual([HALTED]);
  });
});
