import { describe, expect, it } from 'vitest';
import { toldAlert } from '../../src/engine/alerting/episodes.ts';
import { ALERT_KIND_NAMES, ALERT_KINDS, kindOf } from '../../src/engine/alerting/kinds.ts';
import { AlertMessage, slackText } from '../../src/engine/alerting/message.ts';
import { createSend } from '../../src/engine/alerting/send.ts';
import { instantOfHttpDate } from '../../src/time/http-date.ts';
import { NOON } from '../store/builders.ts';
import { CHAT } from './alerts-site.ts';

const head = { schema: 'ratchet.alert/1', id: 'm1', at: NOON } as const;
const alert = (sentence: string, key = 'held') => toldAlert({ key, since: NOON, sentence, detail: {} });

describe('the text of a chat', () => {
  it('has nothing in it that a device could call people or make a link with', () => {
    const text = slackText({ ...head, event: 'raised', alert: alert('<!channel> @all *now* <https://evil|here> & \u202egnp\u0007') });
    expect(text.split('\n')[1]).toBe('&lt;!channel&gt; @\u200ball *now* &lt;https://evil|here&gt; &amp;  gnp ');
  });

  it('has the words that the alert goes back to, and no more than some of them', () => {
    const saying = (detail: Record<string, unknown>) =>
      slackText({ ...head, event: 'raised', alert: { ...alert('So it is.'), detail } })
        .split('\n')[2]
        ?.slice(0, 600);
    expect(saying({ message: '503 <b>' })).toBe('It says: 503 &lt;b&gt;');
    expect(saying({ because: 'restored', count: 3 })).toBe('It says: restored');
    expect(saying({ problems: ['first', 'second'] })).toBe('It says: first');
    expect(saying({ message: 'x'.repeat(2_000) })).toBe(`It says: ${'x'.repeat(500)}…`);
    for (const detail of [{}, { message: 5 }, { problems: [] }, { problems: 'x' }]) expect(saying(detail)).toMatch(/^What to do/);
  });

  it('of a digest lists twenty of each and says how many are left', () => {
    const raised = Array.from({ length: 25 }, (_, n) => alert(`Said ${n}.`, `rollout-halted p${n} iOS 26`));
    const lines = slackText({ ...head, event: 'digest', day: '2026-11-20', raised, over: [], more: 3 }).split('\n');
    expect(lines).toHaveLength(23);
    expect([lines[0], lines[20], lines[21], lines[22]]).toEqual([
      '*Ratchet on 2026-11-20: 25 alerts are raised.*',
      '• A rollout is halted, since 2026-11-20 12:00Z: Said 19.',
      '• and 5 more',
      '3 more: ratchet alerts has them all.',
    ]);
  });
});

describe('a message', () => {
  it('of an alert that a later version raised is told as what it says', () => {
    expect(alert('So it is.', 'moon-full now')).toMatchObject({ kind: 'moon-full', sentence: 'So it is.', urgency: 'digest' });
    expect([kindOf('rollout-halted everyone iOS 26'), kindOf('toString'), kindOf('')]).toEqual(['rollout-halted', undefined, undefined]);
  });

  it('that another version wrote and this one can’t read is given up, and not sent', async () => {
    const send = createSend(async () => Promise.reject(new Error('nobody is asked')), { now: () => NOON }, '1');
    const sent = await send(CHAT, { id: 'm1', body: JSON.stringify({ ...head, schema: 'ratchet.alert/2', event: 'raised' }) });
    expect(sent).toEqual({ verdict: { kind: 'refused' }, said: 'another version of Ratchet wrote the message' });
  });

  it('says what the schema says', () => {
    for (const event of ['raised', 'resolved'] as const) AlertMessage.parse({ ...head, event, alert: alert('So it is.') });
    expect(AlertMessage.safeParse({ ...head, event: 'raised' }).success).toBe(false);
  });
});

it('every kind of alert says what it is and what to do', () => {
  for (const kind of ALERT_KIND_NAMES) {
    const { title, sentence, remedy } = ALERT_KINDS[kind];
    expect([kind, /[.?!]$/.test(title), title.length > 60]).toEqual([kind, false, false]);
    for (const text of [sentence, remedy]) expect([kind, text]).toEqual([kind, expect.stringMatching(/^["`A-Z].*[.?]$/)]);
  }
});

it.each([
  ['Fri, 20 Nov 2026 12:00:00 GMT', NOON],
  ['Fri, 20 Nov 2026 12:00:00 CET', undefined],
  ['Fri, 31 Feb 2026 12:00:00 GMT', undefined],
  ['2026-11-20T12:00:00Z', undefined],
  ['-5', undefined],
])('the date %s of HTTP is %s', (text, instant) => expect(instantOfHttpDate(text)).toBe(instant));
