import type { Reason } from './reason.types.ts';

/** Where something of another tool's is in the way. */
export const CONFLICT_REASONS = {
  'foreign-update-declaration': {
    sentence: 'The device refuses update commands because a declaration that Ratchet did not hand out enforces an update on it.',
    remedy: 'Remove that declaration in the server it comes from, or leave the device to that server with except in its policy.',
    needsPerson: true,
    group: 'broken',
  },
  'foreign-update-command': {
    sentence: 'Another tool’s install command may be under way; Ratchet sends none beside it until the device says that nothing goes on.',
    remedy:
      'Nothing, unless it lasts: let one tool update the device. Turn its updates off in the other tool, or leave it out of the policy with except.',
    needsPerson: false,
    group: 'held',
  },
  'update-deferred': {
    sentence: 'The device itself does not list the update, and a profile defers software updates on it.',
    remedy: 'Take the deferral out of the profile, or wait until it is over; Ratchet leaves profiles alone.',
    needsPerson: true,
    group: 'broken',
  },
} as const satisfies Record<string, Reason>;
