import { describe, expect, it } from 'vitest';
import { whyText } from '../../src/cli/why.ts';
import { AttemptsAnswer, WhyAnswer } from '../../src/engine/answers.ts';
import { createShow } from '../../src/engine/show/show.ts';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, DEVICE, local, NOW, PHONE, policySet, release } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** From the wish to the page: a phone on iOS 11.3.1, through the real reconciler and store. */

async function oldPhone() {
  const house = createHouse({ releases: catalogue([release('11.4.1')]), policies: policySet() });
  const show = createShow(house.store, house.standing, house.clock);
  const report = (fields: object) =>
    house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', ...fields } as MdmMessage });
  /** It polls, and answers what waits for it: this to OSUpdateStatus, that to ScheduleOSUpdate. */
  async function contact(at: number, updateStatuses: object[], schedule: object | undefined = {}): Promise<void> {
    house.setNow(at);
    await report({ status: 'Idle' });
    for (let round = 0; round < 4; round += 1) {
      await house.dispatch();
      const { commands } = await house.gathered();
      for (const { commandUuid, requestType, state } of commands) {
        if (state !== 'enqueued' || (requestType === 'ScheduleOSUpdate' && schedule === undefined)) continue;
        house.setNow(house.clock.now() + 1_000);
        const extra = {
          OSUpdateStatus: { updateStatuses },
          ScheduleOSUpdate: schedule,
          DeviceInformation: { deviceInformation: { osVersion: '11.3.1', availableDeviceCapacity: 21.5, batteryLevel: 0.4 } },
        }[requestType as string];
        await report({ commandUuid, ...extra });
      }
    }
  }
  await house.enroll({
    osVersion: '11.3.1',
    buildVersion: '15E302',
    availableDeviceCapacity: 21.5,
    batteryLevel: 0.4,
    serialNumber: 'F9FPHONE0001',
  });
  return { house, show, contact };
}

const IDLE = [{ productKey: 'k', status: 'Idle', isDownloaded: false }];
const THERE = [{ productKey: 'k', status: 'Idle', isDownloaded: true }];
describe('update commands, as shown', () => {
  it('are recorded with what was known, asked, answered and became of them', async () => {
    const { house, show, contact } = await oldPhone();
    await contact(NOW + HOUR_MS, IDLE, { updateResults: [{ productKey: 'k', installAction: 'DownloadOnly', status: 'Downloading' }] });
    await contact(NOW + 3 * HOUR_MS, THERE);

    const before = WhyAnswer.parse(await show.why(DEVICE));
    expect(before.commands).toMatchObject({ sentFrom: expect.any(String), isForecast: false, window: { isOpen: false } });
    expect(before.commands?.last.map(({ action, outcome, stage }) => [action, outcome, stage])).toEqual([
      ['DownloadOnly', 'open', 'downloaded'],
    ]);

    const due = local(`${before.commands?.sentFrom}`);
    for (let night = 1; night <= 3; night += 1) {
      const opens = due - 17 * HOUR_MS + night * DAY_MS;
      await contact(opens + 5 * MINUTE_MS, THERE);
      await contact(opens + 2 * HOUR_MS, THERE);
    }
    const answer = AttemptsAnswer.parse(await show.attempts({ sinceMs: 30 * DAY_MS, device: 'F9FPHONE0001' }));
    expect(answer.attempts.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['DownloadOnly', 'open'],
      ['InstallASAP', 'no-effect'],
      ['InstallASAP', 'no-effect'],
      ['InstallASAP', 'no-effect'],
    ]);
    expect(answer.attempts[1]).toMatchObject({ model: PHONE, fromVersion: '11.3.1', availableDeviceCapacity: 21.5, batteryLevel: 0.4 });

    const text = whyText(WhyAnswer.parse(await show.why(DEVICE)));
    expect(text).toMatch(
      /\n {2}brought by: commands \(ScheduleOSUpdate\), install commands are sent from 2040-09-\d\d 18:00 device time on\n/,
    );
    expect(text).toMatch(/\n {2}window: {5}open until 2040-09-20 03:00:00Z, opens again 2040-09-20 23:00:00Z\n/);
    expect(text).toMatch(
      /\nUpdate commands .*\n(.*DownloadOnly iOS 11\.4\.1 .*\n)(.*InstallASAP iOS 11\.4\.1 {2}no-effect \(Acknowledged\)\n){3}/,
    );
    expect(text).toMatch(/\nKnown bugs of its OS version\n {2}ios-11\.3\.1-acknowledged-and-nothing: .*\n {4}Ratchet: .*\n {4}Source: /);

    house.setNow(house.clock.now() + HOUR_MS);
    await house.enroll({ osVersion: '11.4.1', buildVersion: '15G77' });
    const verified = await show.attempts({ sinceMs: 30 * DAY_MS });
    expect(verified?.attempts.map(({ outcome }) => outcome)).toEqual(['verified', 'no-effect', 'no-effect', 'verified']);
    const late = await show.attempts({ sinceMs: HOUR_MS });
    expect(late?.attempts).toEqual([]);
    expect(await show.attempts({ sinceMs: HOUR_MS, device: 'nobody' })).toBeUndefined();
  });

  it('are not spoken of where a declaration does it', async () => {
    const house = createHouse();
    await house.invite();
    const why = WhyAnswer.parse(await createShow(house.store, house.standing, house.clock).why(DEVICE));
    expect([why.channel, why.commands]).toEqual(['declarations', undefined]);
    const text = whyText(why);
    expect(text).not.toMatch(/brought by|window|Update commands|Known bugs|ScheduleOSUpdate/);
  });
});
