import type { Reason } from './reason.types.ts';

/** Of the reasons: what a person ordered, or a restore or a new store asks a person about. Part of the table in reasons.ts. */
export const ORDERED = {
  held: {
    sentence: 'Ratchet started held: after a restore or on a new store it hands out nothing until resumed.',
    remedy: 'Check the plan, then run ratchet resume.',
    needsPerson: true,
    group: 'held',
  },
  leaving: {
    sentence: 'Ratchet leaves: everything of it is taken back, and this device has not fetched yet that there is nothing more.',
    remedy: 'Leave -dm and the webhook as they are until it has been online; ratchet leave --status names who is missing.',
    needsPerson: false,
    group: 'held',
  },
  left: {
    sentence: 'Ratchet has left: this device holds nothing of it, and nothing is sent to it.',
    remedy: 'Nothing. To begin again run ratchet leave --undo.',
    needsPerson: false,
    group: 'held',
  },
  stopped: {
    sentence: 'Ratchet is stopped: nothing is handed out and what has not started is taken back.',
    remedy: 'Run ratchet resume.',
    needsPerson: true,
    group: 'held',
  },
  'observe-only': {
    sentence: 'Observe mode: the device is behind, and nothing is done about it.',
    remedy: 'Set mode: enforce when the plan looks right.',
    needsPerson: true,
    group: 'held',
  },
  exempt: {
    sentence: 'A person exempted this device from updates to the end of a day; what had not started is taken back.',
    remedy: 'Nothing: its policy holds again after that day. To end it sooner resume the device (ratchet device resume).',
    needsPerson: false,
    group: 'held',
  },
  paused: {
    sentence: 'Paused: nothing new is handed out; what devices hold stays.',
    remedy: 'Run ratchet resume (for one device ratchet device resume), or take paused out of the policy.',
    needsPerson: true,
    group: 'held',
  },
  'awaiting-report': {
    sentence: 'The data folder came out of a backup: the device has yet to tell what it runs and which date it holds.',
    remedy: 'Nothing: it is asked, and reports once a day. What it holds stays meanwhile.',
    needsPerson: false,
    group: 'held',
  },
} as const satisfies Record<string, Reason>;
