import { knownBugsOf } from '../os/known-bugs.ts';
import { platformOf } from '../os/platform.ts';
import { parseVersion } from '../os/version.ts';
import type { Attempt } from './attempt.types.ts';

/** Answered attempts of one kind that mostly came to nothing: perhaps a row of the known-bugs table. */
export interface KnownBugProposal {
  model: string;
  fromVersion: string;
  toVersion: string;
  action: string;
  /** Answered attempts whose outcome is known, and the devices they were made on. */
  answered: number;
  devices: number;
  /** Of the answered ones. */
  verified: number;
  noEffect: number;
  failed: number;
  /** Id of the row that says so already of the version updated from. */
  knownBug?: string;
}

/** Fewer say nothing. */
const ANSWERED_MIN = 5;

/**
 * Groups attempts by model, from, to and action, and proposes those with at least 5 answered attempts of which fewer
 * than half ended verified; the most telling first. NotifyOnly starts nothing and is left out, and so is what is open.
 */
export function proposeKnownBugs(attempts: readonly Attempt[]): KnownBugProposal[] {
  const groups = new Map<string, { proposal: KnownBugProposal; devices: Set<string> }>();
  for (const attempt of attempts) {
    const { model = 'unknown', fromVersion = 'unknown', toVersion, action, outcome } = attempt;
    if (attempt.answer === undefined || outcome === 'open' || action === 'NotifyOnly') continue;
    const key = JSON.stringify([model, fromVersion, toVersion, action]);
    const group = groups.get(key) ?? {
      proposal: { model, fromVersion, toVersion, action, answered: 0, devices: 0, verified: 0, noEffect: 0, failed: 0 },
      devices: new Set(),
    };
    groups.set(key, group);
    const { proposal, devices } = group;
    devices.add(attempt.enrollmentId);
    proposal.answered += 1;
    proposal.devices = devices.size;
    if (outcome === 'verified') proposal.verified += 1;
    if (outcome === 'no-effect') proposal.noEffect += 1;
    if (outcome === 'failed') proposal.failed += 1;
  }
  return [...groups.values()]
    .map(({ proposal }) => proposal)
    .filter(({ answered, verified }) => answered >= ANSWERED_MIN && verified * 2 < answered)
    .map((proposal) => ({ ...proposal, ...knownAs(proposal) }))
    .sort((a, b) => b.answered - b.verified - (a.answered - a.verified) || (proposalText(a) < proposalText(b) ? -1 : 1));
}

/** "iPhone10,1 16.7 → 16.7.9 InstallASAP: 1 of 8 verified, 6 Acknowledged without effect, 1 failed" */
export function proposalText(proposal: KnownBugProposal): string {
  const { model, fromVersion, toVersion, action, answered, verified, noEffect, failed } = proposal;
  const parts = [
    `${verified} of ${answered} verified`,
    ...(noEffect > 0 ? [`${noEffect} Acknowledged without effect`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return `${model} ${fromVersion} → ${toVersion} ${action}: ${parts.join(', ')}`;
}

function knownAs({ model, fromVersion }: KnownBugProposal): { knownBug?: string } {
  const bug = knownBugsOf(platformOf(model), parseVersion(fromVersion))[0];
  return bug ? { knownBug: bug.id } : {};
}
