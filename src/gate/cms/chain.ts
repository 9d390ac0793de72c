import type { X509Certificate } from 'node:crypto';

/** Apple's has three certificates above the device's. */
const DEPTH_MAX = 6;

/**
 * Whether a certificate was issued, directly or by authorities among `others`, by one of `roots`. Dates are not looked at: Apple's own
 * "Apple iPhone Device CA" ran out in 2014 and "Apple iPhone Certification Authority" in 2022, and devices are still signed by them.
 */
export function endsInRoot(certificate: X509Certificate, others: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  const seen = new Set<string>();
  let issued = [certificate];
  for (let depth = 0; depth < DEPTH_MAX && issued.length > 0; depth += 1) {
    if (issued.some((one) => roots.some((root) => isIssuedBy(one, root)))) return true;
    for (const one of issued) seen.add(one.fingerprint256);
    issued = others.filter((other) => !seen.has(other.fingerprint256) && issued.some((one) => isIssuedBy(one, other)));
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
