import type { DeviceSpec, OwnerTraits } from './device.types.ts';

/**
 * The device in a world whose first weeks take `pace` times as long: whatever befalls it by itself comes sooner and is over
 * sooner. How it and its owner behave from day to day stays as it is.
 */
export function atPace(spec: DeviceSpec, start: number, pace: number): DeviceSpec {
  if (pace === 1) return spec;
  const moved = (at: number) => start + Math.round((at - start) * pace);
  const span = <Span extends { from: number; until: number }>(given: Span): Span => ({
    ...given,
    from: moved(given.from),
    until: moved(given.until),
  });
  const whole: DeviceSpec = { ...spec, firstContactAt: moved(spec.firstContactAt), owner: ownerAtPace(spec.owner, moved, span) };
  if (spec.enrollsAt !== undefined) whole.enrollsAt = moved(spec.enrollsAt);
  if (spec.wipedAt !== undefined) whole.wipedAt = moved(spec.wipedAt);
  if (spec.checksOutAt !== undefined) whole.checksOutAt = moved(spec.checksOutAt);
  // Some hours after it enrolled, before any date.
  if (spec.goesDarkAt !== undefined) whole.goesDarkAt = spec.goesDarkAt - (spec.enrollsAt ?? 0) + (whole.enrollsAt ?? 0);
  const { restored, reEnrolled, shortage, lie, clock } = spec.mishaps ?? {};
  if (spec.mishaps !== undefined)
    whole.mishaps = {
      ...(restored && { restored: { ...restored, at: moved(restored.at) } }),
      ...(reEnrolled && { reEnrolled: { ...reEnrolled, at: moved(reEnrolled.at) } }),
      ...(shortage && { shortage: span(shortage) }),
      ...(lie && { lie: span(lie) }),
      ...(clock && { clock: span(clock) }),
    };
  return whole;
}

function ownerAtPace(
  owner: OwnerTraits,
  moved: (at: number) => number,
  span: (given: OwnerTraits['holidays'][number]) => OwnerTraits['holidays'][number],
): OwnerTraits {
  const { updatesAloneAt } = owner;
  return {
    ...owner,
    holidays: owner.holidays.map(span),
    ...(updatesAloneAt === undefined ? {} : { updatesAloneAt: moved(updatesAloneAt) }),
  };
}
