import type { Decision } from '../../decide/decide.ts';
import { SETTINGS_KEY_NAMES } from '../../os/settings-support.ts';
import { settingOf } from '../../policy/settings-keys.ts';
import type { WhyAnswer } from '../answers.ts';

/** The settings of a device in words. Keys only: a value may be the token of a beta program. */
export function settingsOf({ settings: standing }: Decision): Pick<WhyAnswer, 'settings'> {
  if (standing === undefined) return {};
  const { settings = {}, isHandedOut, leftOut, state, reasons } = standing;
  return {
    settings: {
      keys: SETTINGS_KEY_NAMES.filter((key) => settingOf(settings, key) !== undefined),
      isHandedOut,
      leftOut: leftOut.map(({ key, because }) => ({ key, because: BECAUSE[because] })),
      state,
      reasons: reasons.map(({ code, description }) => (description === undefined ? code : `${code}: ${description}`)),
    },
  };
}

const BECAUSE = {
  never: 'its platform has no such key',
  'too-old': 'its OS is too old for it',
  unsupervised: 'it is not known to be supervised',
} as const;
