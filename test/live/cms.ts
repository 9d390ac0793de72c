import { createHash, createSign } from 'node:crypto';

/**
 * Just enough CMS (RFC 5652) for a device: signed data, which the openssl command can't make with the attributes that
 * SCEP wants, and would make too slowly for every request of a device.
 */
export interface Signer {
  /** DER of the certificate. */
  certificate: Buffer;
  /** PEM of its RSA key. */
  key: string;
}

export interface SignOptions {
  /** The content is left out of the result (Mdm-Signature). */
  isDetached?: boolean;
  /** Signed attributes beside content type and digest: OID and DER of the value. */
  attributes?: readonly (readonly [oid: string, value: Buffer])[];
  /** DER of certificates beside the signer's. */
  chain?: readonly Buffer[];
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsaEncryption: '1.2.840.113549.1.1.1',
};

const NULL = Buffer.from([5, 0]);

/** DER of a ContentInfo with the content signed by SHA-256 and RSA, the signer's certificate included. */
export function signCms(
  content: Buffer,
  { certificate, key }: Signer,
  { isDetached = false, attributes = [], chain = [] }: SignOptions = {},
): Buffer {
  const signed = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octets(createHash('sha256').update(content).digest())),
    ...attributes.map(([name, value]) => attribute(name, value)),
    // DER sorts the members of a set.
  ].sort(Buffer.compare);
  const digest = sequence(oid(OID.sha256), NULL);
  const { issuer, serial } = issuerAndSerialOf(certificate);
  const signature = createSign('sha256')
    .update(der(0x31, ...signed))
    .sign(key);
  const signerInfo = sequence(
    integer(1),
    sequence(issuer, serial),
    digest,
    // The same set as signed, under its tag in this place.
    der(0xa0, ...signed),
    sequence(oid(OID.rsaEncryption), NULL),
    octets(signature),
  );
  const encapsulated = isDetached ? sequence(oid(OID.data)) : sequence(oid(OID.data), der(0xa0, octets(content)));
  const signedData = sequence(integer(1), der(0x31, digest), encapsulated, der(0xa0, certificate, ...chain), der(0x31, signerInfo));
  return sequence(oid(OID.signedData), der(0xa0, signedData));
}

export function printable(text: string): Buffer {
  return der(0x13, Buffer.from(text, 'ascii'));
}

export function octets(bytes: Buffer): Buffer {
  return der(0x04, bytes);
}

function attribute(name: string, value: Buffer): Buffer {
  return sequence(oid(name), der(0x31, value));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length]), digits, content]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** Certificate: SEQUENCE { tbs: SEQUENCE { [0] version, serial, algorithm, issuer, … } … }, RFC 5280. */
function issuerAndSerialOf(certificate: Buffer): { issuer: Buffer; serial: Buffer } {
  const tbs = elementsOf(contentOf(contentOf(certificate)));
  const [, serial, , issuer] = tbs as [Buffer, Buffer, Buffer, Buffer];
  return { issuer, serial };
}

function contentOf(element: Buffer): Buffer {
  const { start, end } = boundsOf(element, 0);
  return element.subarray(start, end);
}

function elementsOf(content: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  for (let at = 0; at < content.length; ) {
    const { end } = boundsOf(content, at);
    elements.push(content.subarray(at, end));
    at = end;
  }
  return elements;
}

function boundsOf(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const digits = first & 0x7f;
  const start = at + 2 + digits;
  return { start, end: start + Number.parseInt(bytes.subarray(at + 2, start).toString('hex'), 16) };
}
