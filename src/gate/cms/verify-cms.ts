import { X509Certificate } from 'node:crypto';
import { fromBER } from 'asn1js';
import { Certificate, ContentInfo, SignedData } from 'pkijs';
import { type DeviceSigned, SIGNED_BYTES_MAX, type VerifyDevice } from '../verify-device.ts';
import { type Believed, isOfDevice } from './chain.ts';

/** Beside the signer's own: Apple's devices send three. */
const CERTIFICATES_MAX = 10;

/**
 * Verifies CMS signed data (RFC 5652) with its content inside and one signer, as Apple's devices send it: SHA-1 or SHA-2, RSA or ECDSA, with
 * signed attributes or without, DER or BER. Roots are PEM.
 */
export function createVerifyCms(roots: readonly Believed<string>[]): VerifyDevice {
  const believed = roots.map(({ root, ...rest }): Believed => ({ ...rest, root: new X509Certificate(root) }));
  return async (bytes) => {
    if (bytes.byteLength > SIGNED_BYTES_MAX) return not(`it has ${bytes.byteLength} bytes, more than ${SIGNED_BYTES_MAX}`);
    try {
      return await verify(bytes, believed);
    } catch {
      // What the libraries say of bytes that nobody meant as CMS helps no one.
      return not('it is no signed data that can be read');
    }
  };
}

async function verify(bytes: Uint8Array, believed: readonly Believed[]): Promise<DeviceSigned> {
  const { offset, result } = fromBER(new Uint8Array(bytes).buffer);
  if (offset === -1) return not('it is no CMS message');
  const message = new ContentInfo({ schema: result });
  if (message.contentType !== ContentInfo.SIGNED_DATA) return not('it is no signed data');
  const signed = new SignedData({ schema: message.content });
  const content = signed.encapContentInfo.eContent;
  if (content === undefined) return not('what was signed is not in it');
  if (signed.signerInfos.length !== 1) return not(`it has ${signed.signerInfos.length} signers instead of one`);
  const certificates = (signed.certificates ?? []).filter((one) => one instanceof Certificate);
  if (certificates.length > CERTIFICATES_MAX) return not(`it brings ${certificates.length} certificates`);
  // The chain is ours to judge: the library's judgement looks at dates.
  const signer = await signerOf(signed);
  if (signer === undefined) return not('its signature does not fit what it says');
  const [device, others] = [x509Of(signer), certificates.map(x509Of)];
  if (!believed.some((one) => isOfDevice(device, others, one))) return not('it is not signed by a device of Apple');
  return { ok: true, content: new Uint8Array(content.getValue()) };
}

/** Whose certificate the signature fits. The library rejects where the digest of the content is another. */
async function signerOf(signed: SignedData): Promise<Certificate | undefined> {
  try {
    const { signatureVerified, signerCertificate } = await signed.verify({ signer: 0, checkChain: false, extendedMode: true });
    return signatureVerified ? (signerCertificate ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

function x509Of(certificate: Certificate): X509Certificate {
  return new X509Certificate(Buffer.from(certificate.toSchema().toBER()));
}

function not(problem: string): DeviceSigned {
  return { ok: false, problem };
}
