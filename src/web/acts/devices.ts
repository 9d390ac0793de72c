import type { DeviceActAnswer } from '../../engine/device-answers.ts';
import { wallText } from '../pages/words.ts';
import type { FormAct } from './form-act.types.ts';

const names = { until: 'Day', note: 'Why' };

/** What the page of a device has forms for. One device, and all of it can be taken back: nothing is asked first. */
export const DEVICE_ACTS: readonly FormAct[] = [
  { id: 'recheckDevice', label: 'Recheck', after: tell },
  {
    id: 'askDevice',
    label: 'Ask the device',
    after: ({ text }: DeviceActAnswer) => `${text} It is pushed now, and answers when it is switched on and online.`,
  },
  { id: 'pauseDevice', label: 'Pause', after: tell },
  { id: 'resumeDevice', label: 'Resume', after: tell },
  { id: 'exemptDevice', label: 'Exempt', after: tell, names },
  { id: 'giveDeviceTime', label: 'Give more time', after: tell, names },
];

function tell({ text, reason, date, notes = [] }: DeviceActAnswer): string {
  return [`${text} Now: ${reason}${date === undefined ? '' : `, date ${wallText(date)} device time`}.`, ...notes].join(' ');
}
