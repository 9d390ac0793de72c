import { describe, expect, it } from 'vitest';
import { whyText } from '../../src/cli/why.ts';
import { WhyAnswer } from '../../src/engine/answers.ts';
import { createShow } from '../../src/engine/show/show.ts';
import { DEVICE, withPolicy } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** From the policy to the device and back to the page: settings through the real reconciler, store and -dm use case. */

const POLICIES = withPolicy({
  settings: {
    Deferrals: { CombinedPeriodInDays: 7, MajorPeriodInDays: 30 },
    AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'AlwaysOff' },
    Beta: { ProgramEnrollment: 'AlwaysOn', RequireProgram: { Description: 'Seed', Token: 'BETATOKEN' } },
  },
});

async function invited(): Promise<House> {
  const house = createHouse({ policies: POLICIES });
  await house.invite();
  return house;
}

async function settingsIn(house: House): Promise<string | undefined> {
  const { json } = await house.ask('declaration-items');
  const { Configurations } = (json as { Declarations: { Configurations: { Identifier: string }[] } }).Declarations;
  return Configurations.map(({ Identifier }) => Identifier).find((identifier) => identifier.startsWith('ratchet.settings.'));
}

async function why(house: House): Promise<{ answer: WhyAnswer; text: string }> {
  const answer = WhyAnswer.parse(await createShow(house.store, house.standing, house.clock).why(DEVICE));
  return { answer, text: whyText(answer) };
}

function report(identifier: string, valid: string, code: string) {
  const status = { identifier, serverToken: 'x', active: true, valid, reasons: [{ code, description: 'Deferrals' }] };
  return { kind: 'status-report' as const, report: { fullReport: false, refusedStatusItems: [], declarations: [status] } };
}

describe('settings', () => {
  it('are listed and fetched, and taken back by a stop as far as they bring updates', async () => {
    const house = await invited();
    const identifier = (await settingsIn(house)) ?? '';
    const { status, json } = await house.ask(`declaration/configuration/${identifier}`);
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { Type: 'com.apple.configuration.softwareupdate.settings', Payload: { Deferrals: { CombinedPeriodInDays: 7 } } },
    });
    house.standing.control = { state: 'stopped', pausedPolicies: [], held: undefined };
    const after = (await settingsIn(house)) ?? '';
    expect(after).not.toBe(identifier);
    expect((await house.ask(`declaration/configuration/${identifier}`)).status).toBe(500);
    const { Payload } = (await house.ask(`declaration/configuration/${after}`)).json as { Payload: object };
    expect(Payload).toMatchObject({ Deferrals: { CombinedPeriodInDays: 7 }, AutomaticActions: { InstallOSUpdates: 'AlwaysOff' } });
    house.standing.control = { state: 'running', pausedPolicies: [], held: undefined };
    expect(await settingsIn(house)).toBe(identifier);
    expect((await house.ask(`declaration/configuration/${identifier}`)).status).toBe(200);
  });

  it.each([
    ['invalid', 'Error.UnknownPayloadKeys', /refused by the device \(its updates go on\)\n {14}Error\.UnknownPayloadKeys: Deferrals\n/],
    ['valid', 'Info.UnsupportedSettings', /in force\n {14}Info\.UnsupportedSettings: Deferrals\n/],
  ])('that the device calls %s are so called by why, which tells no token', async (valid, code, expected) => {
    const house = await invited();
    const identifier = (await settingsIn(house)) ?? '';
    expect((await why(house)).text).toMatch(/\n {2}settings: {3}Deferrals\.CombinedPeriodInDays, .*, not fetched yet\n/);
    await house.hear(report(identifier, valid, code));
    const { answer, text } = await why(house);
    expect(answer.settings).toMatchObject({ state: valid, isHandedOut: true, reasons: [`${code}: Deferrals`] });
    expect(text).toMatch(expected);
    expect(text).toContain('without Deferrals.MajorPeriodInDays: its platform has no such key');
    expect(JSON.stringify(answer) + text).not.toContain('BETATOKEN');
  });

  it('are not spoken of where no policy has any', async () => {
    const house = createHouse();
    await house.invite();
    const { answer, text } = await why(house);
    expect(answer).not.toHaveProperty('settings');
    expect(text).not.toContain('settings');
  });
});
