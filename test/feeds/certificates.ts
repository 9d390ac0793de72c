import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * A certificate authority for tests, made when they run: no private key lies in the repository, and a certificate can be
 * expired or for another host. Just enough DER for X.509 version 3 with P-256 keys (RFC 5280).
 */
export interface Authority {
  /** PEM. */
  certificate: string;
  issue(options?: LeafOptions): { certificate: string; key: string };
  /** One below it; `isAuthority: false`: its certificate doesn't say that it may issue others, and it does. */
  issueAuthority(name: string, options?: Pick<LeafOptions, 'notBefore' | 'notAfter'> & { isAuthority?: false }): Authority;
}

export interface LeafOptions {
  hosts?: readonly string[];
  /** Of the leaf; default P-256. */
  key?: 'rsa';
  notBefore?: Date;
  notAfter?: Date;
}

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));

export function createAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return authorityOf(
    name,
    privateKey,
    certificateOf({ issuer: name, subject: name, subjectKey: publicKey, issuerKey: privateKey, extensions: ofAuthority() }),
  );
}

function authorityOf(name: string, privateKey: KeyObject, certificate: string): Authority {
  return {
    certificate,
    issue({ hosts = ['localhost'], key, ...validity } = {}) {
      const leaf = key === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = sequence(...hosts.map((host) => tagged(0x82, Buffer.from(host))));
      return {
        certificate: certificateOf({
          issuer: name,
          subject: hosts[0] ?? 'leaf',
          subjectKey: leaf.publicKey,
          issuerKey: privateKey,
          extensions: [extension('551d11', false, names)],
          ...validity,
        }),
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
    issueAuthority(subject, { isAuthority = true, ...validity } = {}) {
      const below = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const extensions = isAuthority ? ofAuthority() : [];
      const parts = { issuer: name, subject, subjectKey: below.publicKey, issuerKey: privateKey, extensions };
      return authorityOf(subject, below.privateKey, certificateOf({ ...parts, ...validity }));
    },
  };
}

function ofAuthority(): Buffer[] {
  return [extension('551d13', true, sequence(boolean(true))), extension('551d0f', true, tagged(0x03, Buffer.from([0x01, 0x06])))];
}

interface Parts {
  issuer: string;
  subject: string;
  subjectKey: KeyObject;
  issuerKey: KeyObject;
  extensions: Buffer[];
  notBefore?: Date;
  notAfter?: Date;
}

let serial = 0;

function certificateOf(parts: Parts): string {
  const { notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + 30 * DAY) } = parts;
  serial += 1;
  const content = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.from([0x01, serial])),
    ECDSA_WITH_SHA256,
    nameOf(parts.issuer),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    nameOf(parts.subject),
    parts.subjectKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...parts.extensions)),
  );
  const signature = createSign('sha256').update(content).sign(parts.issuerKey);
  const der = sequence(content, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), tagged(0x04, value));
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(commonName)))));
}

function utcTime(date: Date): Buffer {
  return tagged(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(items));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
