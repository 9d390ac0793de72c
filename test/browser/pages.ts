import type { ReasonName } from '../../src/reasons/reasons.ts';

/** Every page for people: what is in this table is looked at by the browser tests, and photographed. */
export interface PageRow {
  /** Of its test and its screenshots. */
  name: string;
  path: string | ((find: Find) => Promise<string>);
  /** Matches its main heading: it is the page that is meant. */
  heading: RegExp;
  /** Default `fleet`: 5,000 devices. `empty`: none yet. `owners`: the fleet's listener for everybody. */
  site?: 'fleet' | 'empty' | 'owners';
  /** What the form of that act on it leads to: nothing is done yet, a yes is asked for. */
  act?: string;
  /** With everything open that can be folded. */
  isUnfolded?: true;
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
  /** The page of what went over the wire to or from a device with that reason. */
  exchange(reason: ReasonName): Promise<string>;
  /** The page of the owner of a device with that reason. */
  ownersPage(reason: ReasonName): Promise<string>;
}

const device = (reason: ReasonName) => async (find: Find) => `/devices/${await find.device(reason)}`;
const bare = { isSignedOut: true, isBare: true } as const;
const owners = { site: 'owners', ...bare } as const;

export const PAGES: readonly PageRow[] = [
  { name: 'fleet', path: '/', heading: /of 5,000 devices are where they should be/ },
  { name: 'fleet-unfolded', path: '/', heading: /of 5,000 devices/, isUnfolded: true },
  { name: 'fleet-empty', path: '/', heading: /No device yet/, site: 'empty' },
  { name: 'devices', path: '/devices?limit=25', heading: /^5,000 devices/ },
  { name: 'devices-filtered', path: '/devices?group=needs-person&platform=iPadOS&sort=date&limit=25', heading: /devices/ },
  { name: 'devices-could-take', path: '/devices?couldTake=iOS+26.6.1&sort=version&limit=25', heading: /devices/ },
  { name: 'devices-none', path: '/devices?q=nobody', heading: /No device is meant/ },
  { name: 'devices-problem', path: '/devices?sort=age', heading: /Devices/ },
  { name: 'device-prepared', path: device('prepared'), heading: /\w/ },
  { name: 'device-prepared-unfolded', path: device('prepared'), heading: /\w/, isUnfolded: true },
  { name: 'device-not-seen', path: device('not-seen'), heading: /\w/ },
  { name: 'device-verified', path: device('verified'), heading: /\w/ },
  { name: 'device-unknown', path: '/devices/nobody', heading: /Ratchet/, status: 404 },
  { name: 'exchange', path: (find) => find.exchange('prepared'), heading: /What the device said|that was (queued|handed out)/ },
  { name: 'exchange-gone', path: '/devices/nobody/exchange/1', heading: /Ratchet/, status: 404 },
  { name: 'rollouts', path: '/rollouts', heading: /^\d+ releases on the way/ },
  { name: 'rollouts-unfolded', path: '/rollouts', heading: /on the way/, isUnfolded: true },
  { name: 'rollouts-empty', path: '/rollouts', heading: /Nothing rolls out yet/, site: 'empty' },
  { name: 'releases', path: '/releases', heading: /^\d+ releases that Apple offers/ },
  { name: 'releases-empty', path: '/releases', heading: /No list of releases yet/, site: 'empty' },
  { name: 'system', path: '/system', heading: /Ratchet is running/ },
  { name: 'system-unfolded', path: '/system', heading: /Ratchet is running/, isUnfolded: true },
  { name: 'system-empty', path: '/system', heading: /Ratchet is running/, site: 'empty' },
  { name: 'audit', path: '/system/audit', heading: /Audit log/ },
  { name: 'confirm-stop', path: '/system', act: 'stop', heading: /Stop everything\?/, isBare: true },
  { name: 'confirm-halt', path: '/rollouts', act: 'haltRollout', heading: /Halt\?/, isBare: true },
  { name: 'reference', path: '/api/v1/reference', heading: /API/ },
  { name: 'sign-in', path: '/sign-in', heading: /Ratchet/, ...bare },
  { name: 'account', path: '/sign-in', heading: /Account/ },
  { name: 'owner-dated', path: (find) => find.ownersPage('waiting-for-date'), heading: /\w/, ...owners },
  { name: 'owner-in-need', path: (find) => find.ownersPage('insufficient-space'), heading: /\w/, ...owners },
  { name: 'owner-current', path: (find) => find.ownersPage('verified'), heading: /\w/, ...owners },
  { name: 'owner-none', path: `/u/${'A'.repeat(32)}`, heading: /does not exist/, status: 404, ...owners },
];
