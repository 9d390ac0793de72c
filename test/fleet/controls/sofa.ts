import type { Severities } from '../../../src/releases/severity.types.ts';
import { NO_SOFA_FAULTS } from '../../../src/sim/sofa-feed.ts';
import { hastened } from '../checkers/hastened.ts';
import type { FleetParts, FleetPolicy } from '../harness.ts';
import type { Control } from './control.types.ts';

const BY_SEVERITY: FleetPolicy = {
  days: 10,
  at: '18:00',
  fallbackTimeZone: 'Europe/Berlin',
  severity: { exploited: 2, critical: 5 },
};

/** What SOFA says, and what is made of it. */
export const SOFA_CONTROLS: readonly Control[] = [
  {
    checker: hastened,
    title: 'believes whatever SOFA says at once',
    policy: BY_SEVERITY,
    sofa: { layout: 'v2', faults: { ...NO_SOFA_FAULTS, surgePerMille: 150 } },
    breakRule(parts) {
      alterSeverities(parts, (severities) => {
        for (const told of severities.platforms) {
          if (told.candidate === undefined) continue;
          const [{ firstToldAt = 0 } = {}] = told.releases;
          const at = told.doubt?.since ?? firstToldAt;
          told.releases = told.candidate.releases.map((release) => ({ ...release, firstToldAt, severeSince: at, isTold: true }));
          delete told.doubt;
          delete told.candidate;
        }
      });
    },
  },
  {
    checker: hastened,
    title: 'counts the days of a severe release from before it was told of',
    policy: BY_SEVERITY,
    sofa: { layout: 'v1', faults: NO_SOFA_FAULTS },
    breakRule(parts) {
      alterSeverities(parts, (severities) => {
        for (const { releases } of severities.platforms) for (const release of releases) release.severeSince = 0;
      });
    },
  },
];

/** Changes what is known of severities in place, before it is stored and in force. */
function alterSeverities({ store }: FleetParts, alter: (severities: Severities) => void): void {
  const { saveSeverities } = store;
  store.saveSeverities = (severities) => {
    alter(severities);
    return saveSeverities(severities);
  };
}
