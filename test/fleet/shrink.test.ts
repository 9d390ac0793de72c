import { describe, expect, it } from 'vitest';
import { CONTROLS } from './controls/all.ts';
import { drawRun } from './draw-run.ts';
import type { RunSpec } from './run-spec.ts';
import { shrink } from './shrink.ts';
import { shrinkRun } from './shrink-run.ts';

const FAILURE = { device: 'A', name: 'iphone-01', at: 0, what: 'went wrong', trace: [] };
const GIVEN: RunSpec = { ...drawRun('shrink'), devices: 60, isOnDisk: true, stop: { afterHours: 10, forHours: 10 } };
const FAULTY: RunSpec = { ...GIVEN, faults: { webhookLostPerMille: 9, pushLostPerMille: 8, notNowPerMille: 7, 'feed.emptyPerMille': 6 } };

function kept({ keep, devices }: RunSpec): readonly number[] {
  return keep ?? Array.from({ length: devices }, (_, index) => index);
}

describe('shrinking', () => {
  it.each([
    { what: 'one device and no fault', needs: [17], faults: [] },
    { what: 'two devices far apart and one fault', needs: [2, 59], faults: ['pushLostPerMille'] },
    { what: 'three devices and two faults', needs: [0, 30, 31], faults: ['webhookLostPerMille', 'feed.emptyPerMille'] },
  ] as const)('finds $what', async ({ needs, faults }) => {
    const fails = async (spec: RunSpec) =>
      needs.every((index) => kept(spec).includes(index)) && faults.every((name) => (spec.faults[name] ?? 0) > 0) ? FAILURE : undefined;
    const shrunken = await shrink(FAULTY, { fails });
    expect(shrunken?.spec.keep).toEqual(needs);
    expect(Object.keys(shrunken?.spec.faults ?? {})).toEqual(faults);
    expect(shrunken?.spec).toMatchObject({ withdraws: 'never', newReleaseDays: 0, isOnDisk: false, server: 'nanomdm' });
    expect(shrunken?.spec.stop).toBeUndefined();
    expect(shrunken?.runs).toBeLessThan(120);
  });

  it('keeps what is needed', async () => {
    const fails = async (spec: RunSpec) => (spec.isOnDisk && spec.stop !== undefined ? FAILURE : undefined);
    expect((await shrink(FAULTY, { fails }))?.spec).toMatchObject({ isOnDisk: true, stop: GIVEN.stop, faults: {} });
  });

  it('answers nothing for a run that does not fail, and gives up in time', async () => {
    expect(await shrink(FAULTY, { fails: async () => undefined })).toBeUndefined();
    expect((await shrink(FAULTY, { fails: async () => FAILURE, runsMax: 3 }))?.runs).toBe(3);
  });

  it('leaves of a whole fleet with a broken rule a few devices and hardly a fault', async () => {
    const control = CONTROLS.find(({ title }) => title === 'thinks an hour of notice is enough');
    if (control === undefined) throw new Error('that control is gone');
    const spec: RunSpec = {
      ...FAULTY,
      seed: 'shrink',
      devices: 20,
      stop: undefined,
      policy: { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin' },
    };
    const shrunken = await shrinkRun(spec, { breakRule: control.breakRule, kinds: [control.checker] });
    expect(shrunken?.failure.promise).toBe(control.checker.promise);
    expect(shrunken?.spec.keep?.length).toBeLessThanOrEqual(3);
    expect(Object.keys(shrunken?.spec.faults ?? {}).length).toBeLessThanOrEqual(1);
  }, 240_000);
});
