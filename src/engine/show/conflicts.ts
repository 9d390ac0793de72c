import type { Conflict, ConflictOutcome } from '../../decide/conflict.types.ts';
import type { ConflictAnswer } from '../conflict-answers.ts';
import { sentenceOf } from '../conflict-words.ts';

/** Conflicts of a device in words: whose, what wins, what to do. */

export function conflictAnswers(conflicts: readonly Conflict[] = []): ConflictAnswer[] {
  return conflicts.map((conflict) => ({
    ...conflict,
    sentence: sentenceOf(conflict),
    wins: WINS[conflict.outcome],
    remedy: REMEDIES[conflict.kind],
  }));
}

const WINS: Readonly<Record<ConflictOutcome, string>> = {
  'theirs-first': 'The device enforces the earlier date first: theirs, then that of Ratchet if it still asks for something newer.',
  'ours-first': 'The device enforces the earlier date first: that of Ratchet, then theirs if it still asks for something newer.',
  'theirs-alone': 'Theirs: Ratchet enforces nothing on the device now.',
  'earlier-first': 'The device enforces the earlier date first; theirs is not known.',
  combined: 'The device combines both key by key: the longest deferral and the stricter value count.',
  beside: 'Both count: Ratchet sets none of its keys.',
  'ours-refuses-it': 'Ratchet: while its declaration is in force the device refuses update commands.',
  'theirs-until-ours': 'Theirs, until the device has fetched the declaration of Ratchet: then it refuses update commands.',
  'theirs-refuses-ours': 'Theirs: while it is in force the device refuses the update commands of Ratchet.',
  'ours-waits': 'Theirs: Ratchet sends no install command until the device says that nothing goes on.',
  'hides-only': 'Ratchet: a deferral hides updates from users, and what MDM enforces is installed all the same.',
  'declaration-wins': 'Settings by declaration, where a policy has them; else the profile.',
};

const REMEDIES: Readonly<Record<Conflict['kind'], string>> = {
  enforcement:
    'Let one server enforce updates: remove the declaration there, or leave the device out of the policy with except. Ratchet keeps no windows and no notice for it.',
  settings: 'Keep software-update settings in one place: there, or under settings of the policy.',
  'update-command': 'Let one tool update the device: turn its updates off in the other tool, or leave it out of the policy with except.',
  deferral: 'Nothing, unless users are to see updates earlier: then change the profile.',
  profile: 'Nothing, unless it says something else than settings of the policy: then take it off.',
};
