import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, one after the other; whatever stands between them is left out. Never throws. */
export function readCertificates(path: string): { ok: true; pem: string } | { ok: false; message: string } {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    return { ok: false, message: `${path} can't be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})` };
  }
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return { ok: false, message: `${path} holds no certificate in PEM` };
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch {
      return { ok: false, message: `${path} holds a certificate that can't be read` };
    }
  }
  return { ok: true, pem: `${blocks.join('\n')}\n` };
}
