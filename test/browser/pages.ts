import type { ReasonName } from '../../src/reasons/reasons.ts';

/** Every page for people: what is in this table is looked at by the browser tests, and photographed. */
export interface PageRow {
  /** Of its test and its screenshots. */
  name: string;
  path: string | ((find: Find) => Promise<string>);
  /** Matches its main heading: it is the page that is meant. */
  heading: RegExp;
  /** Default `fleet`: 5,000 devices. `empty`: none yet. */
  site?: 'fleet' | 'empty';
  /** Without a session. */
  isSignedOut?: true;
  status?: number;
  /** Has neither bar nor skip link. */
  isBare?: true;
}

/** Looks for something in the fleet to show. */
export interface Find {
  /** Id of a device that has that reason. */
  device(reason: ReasonName): Promise<string>;
}

export const PAGES: readonly PageRow[] = [
  { name: 'fleet', path: '/', heading: /of 5,000 devices are where they should be/ },
  { name: 'fleet-empty', path: '/', heading: /No device yet/, site: 'empty' },
  { name: 'devices', path: '/devices?limit=25', heading: /^5,000 devices/ },
  { name: 'devices-filtered', path: '/devices?group=needs-person&platform=iPadOS&sort=date&limit=25', heading: /devices/ },
  { name: 'devices-none', path: '/devices?q=nobody', heading: /No device is meant/ },
  { name: 'devices-problem', path: '/devices?sort=age', heading: /Devices/ },
  { name: 'device-prepared', path: async (find) => `/devices/${await find.device('prepared')}`, heading: /\w/ },
  { name: 'device-not-seen', path: async (find) => `/devices/${await find.device('not-seen')}`, heading: /\w/ },
  { name: 'device-verified', path: async (find) => `/devices/${await find.device('verified')}`, heading: /\w/ },
  { name: 'device-unknown', path: '/devices/nobody', heading: /Ratchet/, status: 404 },
  { name: 'reference', path: '/api/v1/reference', heading: /API/ },
  { name: 'sign-in', path: '/sign-in', heading: /Ratchet/, isSignedOut: true, isBare: true },
  { name: 'account', path: '/sign-in', heading: /Account/ },
];
