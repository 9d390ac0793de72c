import type { ReleasesActAnswer, SeveritiesActAnswer } from '../../engine/answers.ts';
import { devices, instantText } from '../pages/words.ts';
import type { FormAct } from './form-act.types.ts';

/** What people do with Apple's list, and with what SOFA says of it. */
export const RELEASE_ACTS: readonly FormAct[] = [
  { id: 'refreshReleases', label: 'Read it now', after: read },
  {
    id: 'acceptReleases',
    label: 'Believe Apple’s last answer',
    before: (_fields, look) => {
      const { doubt } = look.releases();
      return [
        ...(doubt === undefined ? [] : [`What is wrong with it: ${doubt.detail}`]),
        'What it offers is handed out from now on, and what it lacks counts as taken back by Apple: dates for that are withdrawn.',
        'Unchanged for three days it is believed without a yes.',
      ];
    },
    after: () => 'Accepted: what Apple’s last answer offers is handed out from now on.',
  },
  // Its page shows what it would do; the plan that is agreed to is the one that was looked at.
  { id: 'acceptSeverities', label: 'Let it count', after: counts },
];

function read({ result, message = 'no answer', nextAt }: ReleasesActAnswer): string {
  const next = nextAt === undefined ? '' : ` The next try is at ${instantText(nextAt)}.`;
  if (result === 'failed') return `Not read: ${message.replace(/\.$/, '')}.${next}`;
  if (result === 'doubtful') return 'Read: the answer is in doubt, and nothing new is handed out on it.';
  return result === 'changed' ? 'Read: something else is offered than before.' : 'Read: nothing has changed.';
}

function counts({ platform, releases, difference }: SeveritiesActAnswer): string {
  const names = releases.map(({ version, to }) => `${version} ${to}`).join(', ');
  return `Accepted: ${platform} ${names}. Sooner than before: ${devices(difference.broughtForward)}. Newly handed an update: ${devices(difference.handedOut)}.`;
}
