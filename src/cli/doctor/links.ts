import { dmCallsLink, dmUpstreamLink, webhookCallsLink } from './call-links.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { clockLink, releasesLink, sofaLink } from './feed-links.ts';
import { mdmApiLink, mdmServerLink, pushCertificateLink, pushLink } from './host-links.ts';
import { configLink, dmLink, ratchetLink, storeLink, webhookLink } from './own-links.ts';

/**
 * Every link, in the order in which a person looks for a fault: from here outwards, and what rests on another after it. A
 * wiring with links of its own (an API for declarations, say) adds what it saw to Evidence and its judgement here.
 */
export const LINKS: readonly { name: string; judge(evidence: Evidence): LinkReport }[] = [
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
  { name: 'webhook', judge: webhookLink },
  { name: 'webhook-calls', judge: webhookCallsLink },
  { name: 'dm', judge: dmLink },
  { name: 'dm-calls', judge: dmCallsLink },
  { name: 'dm-upstream', judge: dmUpstreamLink },
];
