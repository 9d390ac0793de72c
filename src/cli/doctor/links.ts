import { dmCallsLink, dmUpstreamLink, webhookCallsLink } from './call-links.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { clockLink, releasesLink, sofaLink } from './feed-links.ts';
import { gateLink } from './gate-link.ts';
import { mdmApiLink, mdmServerLink, pushCertificateLink, pushLink } from './host-links.ts';
import { isKeptInKmfddm, kmfddmApiLink, kmfddmCallsLink } from './kmfddm-links.ts';
import { configLink, dmLink, ratchetLink, storeLink, webhookLink } from './own-links.ts';

/**
 * Every link, in the order in which a person looks for a fault: from here outwards, and what rests on another after it. A
 * wiring with links of its own adds what it saw to Evidence and its judgement here.
 */
export const LINKS: readonly { name: string; judge(evidence: Evidence): LinkReport; isThere?(evidence: Evidence): boolean }[] = [
  { name: 'config', judge: configLink },
  { name: 'store', judge: storeLink },
  { name: 'ratchet', judge: ratchetLink },
  { name: 'clock', judge: clockLink },
  { name: 'releases', judge: releasesLink },
  { name: 'sofa', judge: sofaLink },
  { name: 'mdm-server', judge: mdmServerLink },
  { name: 'mdm-api', judge: mdmApiLink },
  { name: 'push', judge: pushLink },
  { name: 'push-certificate', judge: pushCertificateLink },
  { name: 'kmfddm-api', judge: kmfddmApiLink, isThere: isKeptInKmfddm },
  { name: 'webhook', judge: webhookLink },
  { name: 'webhook-calls', judge: webhookCallsLink },
  { name: 'dm', judge: dmLink },
  { name: 'dm-calls', judge: (evidence) => (isKeptInKmfddm(evidence) ? kmfddmCallsLink(evidence) : dmCallsLink(evidence)) },
  { name: 'dm-upstream', judge: dmUpstreamLink, isThere: (evidence) => !isKeptInKmfddm(evidence) },
  { name: 'gate', judge: gateLink },
];
