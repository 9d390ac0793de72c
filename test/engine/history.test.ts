import { afterEach, describe, expect, it } from 'vitest';
import { exchangesOf } from '../../src/engine/reconcile/exchanges.ts';
import { updatedText } from '../../src/engine/reconcile/triggered.ts';
import type { EnrollmentEvent, EventBody } from '../../src/enrollment/event.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import { answered, enqueued, enrollment, NOW, PHONE_FACTS } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** What is told of one device later: its history, what went over the wire, and who triggered an update. */

let house: House;
afterEach(() => house.store.close());

const DEVICE = 'D0000000-0000-4000-8000-000000000000';

const event = (body: EventBody): EnrollmentEvent => ({ observedAt: NOW, receivedAt: NOW, body });

async function told(text: RegExp, id: string) {
  const entry = (await house.store.listHistory(id, undefined, 200)).find((one) => text.test(one.text));
  return entry?.exchange === undefined ? undefined : house.store.findExchange(id, entry.exchange);
}

describe('an entry leads to what went over the wire', () => {
  it('said, queued, answered, handed out', async () => {
    house = createHouse();
    await house.invite();
    const [id = DEVICE] = (await house.store.listEnrollments('', 1)).map((row) => row.id);
    expect(await told(/^OS version/, id)).toMatchObject({
      what: 'heard',
      event: { body: { kind: 'message', message: { kind: 'CommandReport', deviceInformation: { osVersion: '40.5' } } } },
    });
    expect(await told(/^DeviceInformation queued/, id)).toMatchObject({
      what: 'command',
      plist: expect.stringContaining('<string>DeviceInformation</string>'),
    });
    expect(await told(/^Ready to fetch/, id)).toMatchObject({
      what: 'declaration',
      declaration: { Payload: { TargetOSVersion: '40.6', TargetLocalDateTime: '2040-09-17T18:00:00' } },
    });
    const [command] = (await house.gathered()).commands.filter(({ requestType }) => requestType === 'DeviceInformation');
    const commandUuid = command?.commandUuid ?? '';
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid } });
    expect(await told(/^DeviceInformation .*answered Acknowledged/, id)).toMatchObject({
      what: 'heard',
      event: { body: { message: { commandUuid } } },
    });
  });

  it('of several heard at one moment to the one that told it', () => {
    const one = event({ kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5' } });
    const other = event({ kind: 'message', message: { kind: 'TokenUpdate' } });
    const wire = exchangesOf([one, other], { declarations: [] });
    expect([wire.heardAt(NOW, '40.5'), wire.heardAt(NOW), wire.heardAt(NOW, '40.4'), wire.heardAt(NOW - 1, '40.5')]).toEqual([
      { exchange: { what: 'heard', event: one } },
      { exchange: { what: 'heard', event: other } },
      { exchange: { what: 'heard', event: other } },
      {},
    ]);
    // The same one each time: it is kept once.
    expect(wire.heardAt(NOW, '40.5').exchange).toBe(wire.heard(one).exchange);
  });

  it('that is decided has none', async () => {
    house = createHouse();
    await house.enroll();
    const entries = await house.store.listHistory((await house.gathered()).id, undefined, 200);
    expect(entries.filter(({ kind }) => kind === 'decision').every(({ exchange }) => exchange === undefined)).toBe(true);
  });
});

describe('who triggered an update is told as far as it is known', () => {
  const state = (osVersion: string, reason?: string[], declarationId?: string) =>
    enrollment({
      facts: { ...PHONE_FACTS, osVersion, ...(reason ? { installReason: { reason, ...(declarationId ? { declarationId } : {}) } } : {}) },
    });
  const update = { release: 'iOS 40.6', version: '40.6', action: 'InstallASAP', isInstall: true } as never;
  const handedOut = { isHandedOut: true, channel: 'declarations' } as never;
  const nothing = { isHandedOut: false, channel: 'declarations' } as never;
  const given = { after: state('40.6'), commands: [], previous: handedOut, now: NOW };

  it.each([
    [['declaration'], 'ratchet.enforcement.x', 'Updated to 40.6, by Ratchet’s declaration.'],
    [['declaration'], 'theirs', 'Updated to 40.6, by a declaration of somebody else.'],
    [['auto-update'], undefined, 'Updated to 40.6, by automatic updates of the device.'],
    [['system-settings'], undefined, 'Updated to 40.6, by its owner (system-settings).'],
    [['mdm'], undefined, 'Updated to 40.6, by a command of the MDM server.'],
    [['something new'], undefined, 'Updated to 40.6. The device did not tell what triggered it.'],
    [[], undefined, 'Updated to 40.6. The device did not tell what triggered it.'],
  ])('%s %s', (reason, id, text) => {
    expect(updatedText({ ...given, before: state('40.5', reason, id) })).toBe(text);
  });

  it('by what was sent and handed out, where the device does not tell', () => {
    const sent = [answered({ requestType: 'ScheduleOSUpdate', update }, NOW - HOUR_MS)];
    expect(updatedText({ ...given, before: state('40.5'), commands: sent })).toBe('Updated to 40.6, after Ratchet’s InstallASAP.');
    const newer = [enqueued({ requestType: 'ScheduleOSUpdate', update: { ...(update as object), version: '40.7' } as never })];
    expect(updatedText({ ...given, before: state('40.5'), commands: newer })).toBe(
      'Updated to 40.6. The device did not tell what triggered it.',
    );
    expect(updatedText({ ...given, before: state('40.5'), previous: nothing })).toBe(
      'Updated to 40.6, not by Ratchet, which had handed out nothing: by its owner or automatic updates.',
    );
  });

  it('is nothing where nothing was updated', () => {
    expect(updatedText({ ...given, before: state('40.6') })).toBeUndefined();
    expect(updatedText({ ...given, before: state('40.7') })).toBeUndefined();
    expect(updatedText({ ...given, before: undefined })).toBeUndefined();
    expect(updatedText({ ...given, before: { ...state('40.5'), generation: 1 } })).toBeUndefined();
  });
});
