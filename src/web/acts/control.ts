import type { FleetAnswer, OperateAnswer } from '../../engine/answers.ts';
import { devices } from '../pages/words.ts';
import type { Fields, FormAct } from './form-act.types.ts';

/** Pause, resume and stop, for everything or, but for stop, one policy. */
export const CONTROL_ACTS: readonly FormAct[] = [
  {
    id: 'pause',
    label: 'Pause',
    before: ({ policy }) => [
      `${policy === undefined ? 'Ratchet' : `Policy ${policy}`} hands out nothing new: no dates, no update commands.`,
      'Devices keep the dates they have, and install at them. Stop takes back what has not started.',
      'Resume goes on where this left off.',
    ],
    after: (answer: OperateAnswer, fields) => tell(`Paused${ofPolicy(fields)}.`, `${stillHolding(answer)}.`, answer),
  },
  {
    id: 'resume',
    label: 'Resume',
    before: ({ policy }) => [
      `Every device${policy === undefined ? '' : ` of policy ${policy}`} is decided anew; those that are due get their dates and commands.`,
      'No device gets a date without its notice.',
    ],
    after: (answer: OperateAnswer, fields) => tell(`Resumed${ofPolicy(fields)}.`, '', answer),
  },
  {
    id: 'stop',
    label: 'Stop everything',
    before: async (_fields, look) => [
      'Nothing new is handed out to any device.',
      holdersText(await look.fleet()),
      'Every date and command that has not started is taken back; a device learns of it at its next contact.',
      'Installations under way are left alone. After Resume dates are given anew, with their notice.',
    ],
    after: (answer: OperateAnswer) =>
      tell('Stopped.', `Taken back from ${devices(answer.withdrawn ?? 0)}, confirmed by ${answer.confirmed ?? 0} so far.`, answer),
  },
];

/** How many it concerns now. */
function holdersText({ handedOut, holding }: Pick<FleetAnswer, 'handedOut' | 'holding'>): string {
  if (handedOut + holding === 0) return 'No device has a date now.';
  return `With a date in force now: ${devices(handedOut)}. Known to hold one: ${devices(holding)}.`;
}

function ofPolicy({ policy }: Fields): string {
  return policy === undefined ? '' : ` policy ${policy}`;
}

function stillHolding({ stillHolding: count = 0 }: OperateAnswer): string {
  if (count === 0) return 'No device holds a date';
  return count === 1 ? '1 device still holds a date' : `${devices(count)} still hold a date`;
}

function tell(done: string, numbers: string, { notes = [] }: OperateAnswer): string {
  return [done, numbers, ...notes].filter((sentence) => sentence !== '').join(' ');
}
