import { pathOfOurs } from './form-fields.ts';

export const SIGN_IN_PATH = '/sign-in';
/** Where to go once signed in. */
export const TO_FIELD = 'to';

/** The sign-in, from where it goes on to `to`, a path of ours. */
export function signInPath(to: string): string {
  const path = pathOfOurs(to);
  return path === '/' ? SIGN_IN_PATH : `${SIGN_IN_PATH}?${new URLSearchParams({ [TO_FIELD]: path })}`;
}
