import { CONTROL_ACTS } from './control.ts';
import { DEVICE_ACTS } from './devices.ts';
import type { FormAct } from './form-act.types.ts';
import { RELEASE_ACTS } from './releases.ts';
import { ROLLOUT_FORM_ACTS } from './rollouts.ts';

/** Every operation that a form may call. What is not in this list can be done by the API alone. */
export const FORM_ACTS: readonly FormAct[] = [...CONTROL_ACTS, ...DEVICE_ACTS, ...RELEASE_ACTS, ...ROLLOUT_FORM_ACTS];
