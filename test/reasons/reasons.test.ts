import { describe, expect, it } from 'vitest';
import { groupOf, REASON_GROUPS, reasonsIn } from '../../src/reasons/groups.ts';
import { REASON_NAMES, REASONS } from '../../src/reasons/reasons.ts';

describe('the reasons', () => {
  it('are each in one group, and every group has some', () => {
    expect(REASON_GROUPS.flatMap((group) => reasonsIn([group])).sort()).toEqual([...REASON_NAMES].sort());
    for (const group of REASON_GROUPS) expect([group, reasonsIn([group]).length > 0]).toEqual([group, true]);
  });

  it('that somebody has to do something about say what, and only those on the way or current need nothing', () => {
    for (const group of ['broken', 'needs-person'] as const)
      for (const name of reasonsIn([group]))
        expect([name, REASONS[name].needsPerson, REASONS[name].remedy !== '']).toEqual([name, true, true]);
    for (const name of reasonsIn(['current', 'on-the-way'])) expect([name, REASONS[name].needsPerson]).toEqual([name, false]);
  });

  // Changes of this list are changes of who is called: they are meant to be seen.
  it('tell apart what waits for whoever has the device from what an admin has to mend', () => {
    expect(reasonsIn(['needs-person'])).toEqual([
      ...['enrollment-incomplete', 'platform-observe-only', 'beta-os', 'awaiting-configuration', 'lost-mode', 'passcode-set'],
      ...['shared-ipad-user', 'needs-computer', 'not-seen', 'waiting-for-passcode', 'known-bug'],
      ...['insufficient-space', 'insufficient-power', 'insufficient-network'],
    ]);
    expect(reasonsIn(['broken'])).toEqual([
      ...['user-enrollment', 'catalogue-missing', 'device-id-unknown', 'model-not-in-feed', 'target-not-offered', 'release-expired'],
      ...['declarations-unsupported', 'not-supervised', 'capability-missing', 'foreign-declarations', 'foreign-update-declaration'],
      ...['update-deferred', 'commands-removed'],
      ...['not-dep-enrolled', 'access-rights-missing', 'command-unknown', 'update-not-listed', 'clock-suspect'],
      ...['push-token-missing', 'declarations-refused', 'declaration-invalid', 'bootstrap-token-suspected', 'install-failed', 'overdue'],
    ]);
    expect(reasonsIn(['left-alone'])).toEqual(['unenrolled', 'no-policy']);
  });

  it('of another version are in no group', () => {
    expect([groupOf('of a later version'), groupOf('toString')]).toEqual([undefined, undefined]);
  });
});
