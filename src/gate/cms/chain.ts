import type { X509Certificate } from 'node:crypto';

/** Apple's has three certificates above the device's. */
const DEPTH_MAX = 6;

/**
 * Issues the identities of devices, of Macs too: https://developer.apple.com/documentation/devicemanagement/machineinfo. Under the same root
 * stand the certificates of developers and of MDM servers, which anybody can have.
 */
export const APPLE_DEVICE_CA = 'C=US\nO=Apple Inc.\nOU=Apple iPhone\nCN=Apple iPhone Device CA';

/** Whose devices are believed. */
export interface Believed<Root = X509Certificate> {
  /** Chains end there. */
  root: Root;
  /** Subject of the authority right above a device, a line each as Node writes it; absent: any under that root. */
  issuer?: string;
}

/**
 * Whether a certificate is that of a device: issued by authorities among `others`, or directly, under what is believed. Dates are not looked
 * at: "Apple iPhone Device CA" ran out in 2014 and "Apple iPhone Certification Authority" in 2022, and devices are still signed by them.
 */
export function isOfDevice(certificate: X509Certificate, others: readonly X509Certificate[], { root, issuer }: Believed): boolean {
  if (issuer === undefined) return endsIn(root, certificate, others);
  return others.some((other) => other.subject === issuer && isIssuedBy(certificate, other) && endsIn(root, other, others));
}

function endsIn(root: X509Certificate, certificate: X509Certificate, others: readonly X509Certificate[]): boolean {
  const seen = new Set<string>();
  let issued = [certificate];
  for (let depth = 0; depth < DEPTH_MAX && issued.length > 0; depth += 1) {
    if (issued.some((one) => isIssuedBy(one, root))) return true;
    for (const one of issued) seen.add(one.fingerprint256);
    issued = others.filter((other) => !seen.has(other.fingerprint256) && issued.some((one) => isIssuedBy(one, other)));
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
