import type { Reason } from './reason.types.ts';

/** Of dates that are kept in another server, which answers devices in our place. */
export const PLACING_REASONS = {
  'declarations-not-placed': {
    sentence: 'The declaration is ready and could not be put into the declaration server yet, where the device would fetch it.',
    remedy:
      'If it stays so: does that server run, and does it take our key? See the alert and `problem` here. It is tried again by itself.',
    needsPerson: false,
    group: 'on-the-way',
  },
  'awaiting-contact': {
    sentence:
      'The device was not heard from for a day. Its date is put into the declaration server when it is there, because it can’t be refused there later.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
} as const satisfies Record<string, Reason>;
