import { createAuthority } from '../feeds/certificates.ts';
import { type Signer, type SignOptions, signCms } from '../live/cms.ts';

/** A device's identity under an authority of ours that stands in Apple's place, with Apple's depth and its certificates run out. */
export interface TestDevices {
  /** PEM: what the gate is told to believe. */
  root: string;
  /** Signs as a device would; `signer` and the chain may be those of others. */
  sign(content: string | Buffer, options?: SignOptions): Buffer;
  signer: Signer;
  chain: Buffer[];
}

const LONG_AGO = new Date('2010-01-01T00:00:00Z');
const RAN_OUT = new Date('2014-04-16T00:00:00Z');

export function createTestDevices(name = 'Test Root'): TestDevices {
  const root = createAuthority(name);
  const validity = { notBefore: LONG_AGO, notAfter: RAN_OUT };
  const middle = root.issueAuthority(`${name} Certification Authority`, validity);
  const devices = middle.issueAuthority(`${name} Device CA`, validity);
  const { certificate, key } = devices.issue({ hosts: ['device'], key: 'rsa', ...validity });
  const signer = { certificate: derOf(certificate), key };
  const chain = [derOf(devices.certificate), derOf(middle.certificate), derOf(root.certificate)];
  return {
    root: root.certificate,
    signer,
    chain,
    sign: (content, options) => signCms(Buffer.from(content), signer, { chain, ...options }),
  };
}

export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
