import { describe, expect, it } from 'vitest';
import { createSimKmfddm, type SimDeclaration, type SimKmfddm } from '../../src/sim/kmfddm.ts';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { createFleet, START_AT } from './harness.ts';
import { runFleet } from './run.ts';

/** Rule 31, over weeks: whatever happens to either server, no device is ever told to drop what the other one has for it. */

function declaration(name: string, version: number): SimDeclaration[] {
  const identifier = `com.example.${name}`;
  return [
    {
      Type: 'com.apple.configuration.legacy',
      Identifier: identifier,
      ServerToken: `${name}-${version}`,
      Payload: { ProfileURL: `https://example.com/${name}/${version}` },
    },
    {
      Type: 'com.apple.activation.simple',
      Identifier: `${identifier}.activation`,
      ServerToken: `${name}-a-${version}`,
      Payload: { StandardConfigurations: [identifier] },
    },
  ];
}

/** Wi-Fi for all; from the third day on, mail for every other device too; on the ninth, Wi-Fi changes. */
function declarationsAt(now: number, enrollmentId: string): SimDeclaration[] {
  const days = (now - START_AT) / DAY_MS;
  const hasMail = days >= 3 && enrollmentId.charCodeAt(enrollmentId.length - 1) % 2 === 0;
  return [...declaration('wifi', days < 9 ? 1 : 2), ...(hasMail ? declaration('mail', 1) : [])];
}

interface Told {
  id: string;
  at: number;
  missing: string[];
}

async function runMerged({ isForgetful = false } = {}) {
  const told: Told[] = [];
  let kmfddm: SimKmfddm | undefined;
  let now = () => START_AT;
  /** Down for two days, and for some hours here and there. */
  const isDown = () => {
    const hours = (now() - START_AT) / HOUR_MS;
    return (hours >= 96 && hours < 144) || hours % 31 < 2;
  };
  const fleet = await createFleet({
    ...{ seed: 'merge', devices: 10, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    upstream(clock) {
      now = clock;
      kmfddm = createSimKmfddm({ prng: createPrng('kmfddm'), declarationsFor: (id) => declarationsAt(now(), id), isDown });
      // The control: answers of a server that is well but for having lost its store.
      return isForgetful ? { ...kmfddm, ask: async (request) => (isDown() ? EMPTY : (kmfddm as SimKmfddm).ask(request)) } : kmfddm;
    },
    breakRule(parts) {
      const { answerDm } = parts;
      parts.answerDm = async (request, answer) => {
        const response = await answerDm(request, answer);
        const id = request.headers.get('x-enrollment-id') ?? '';
        if (new URL(request.url).pathname.endsWith('/declaration-items') && response.status === 200) {
          const { Declarations } = (await response.clone().json()) as { Declarations: Record<string, { Identifier: string }[]> };
          const listed = new Set(Object.values(Declarations).flatMap((items) => items.map(({ Identifier }) => Identifier)));
          told.push({ id, at: now(), missing: declarationsAt(START_AT, id).flatMap(({ Identifier }) => (listed.has(Identifier) ? [] : [Identifier])) });
        }
        return response;
      };
    },
  });
  const standings = await runFleet(fleet, { until: fleet.startedAt + 16 * DAY_MS });
  const held = fleet.world.devices.map((device) => device);
  await fleet.close();
  return { told, standings, held, reports: (kmfddm as SimKmfddm).reports };
}

const EMPTY = {
  kind: 'answer',
  body: JSON.stringify({ Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] }, DeclarationsToken: '' }),
} as const;

describe('in front of KMFDDM', () => {
  it('devices arrive, are never told to drop its declarations, and it hears their reports', async () => {
    const { told, standings, reports } = await runMerged();
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter(({ missing }) => missing.length > 0)).toEqual([]);
    expect(standings.verified).toBe(standings.eligible);
    expect(standings.eligible).toBeGreaterThan(2);
    expect(reports.size).toBeGreaterThan(2);
  });

  it('and where it loses its store, they keep them too', async () => {
    const { told } = await runMerged({ isForgetful: true });
    expect(told.filter(({ missing }) => missing.length > 0)).toEqual([]);
  });
});
