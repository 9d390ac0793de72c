import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { octets, printable, type Signer, signCms } from './cms.ts';

const run = promisify(execFile);

/** Attributes of a SCEP message, RFC 8894 section 3.2. */
const MESSAGE_TYPE = '2.16.840.1.113733.1.9.2';
const SENDER_NONCE = '2.16.840.1.113733.1.9.5';
const TRANSACTION_ID = '2.16.840.1.113733.1.9.7';
const PKCS_REQ = '19';

/**
 * Enrolls a certificate as a device does (RFC 8894, PKCSReq): key, request and envelope by the openssl command, in a
 * folder of its own. Throws with the server's answer when it gives none.
 */
export async function enrollByScep(scepUrl: string, folder: string, commonName: string, challenge: string): Promise<Signer> {
  await mkdir(folder, { recursive: true });
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await writeFile(
    join(folder, 'request.cnf'),
    `[req]\nprompt=no\ndistinguished_name=name\nattributes=attributes\n[name]\nCN=${commonName}\n[attributes]\nchallengePassword=${challenge}\n`,
  );
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-config',
    'request.cnf',
    '-outform',
    'DER',
    '-out',
    'request.der',
  );
  await openssl('req', '-x509', '-key', 'key.pem', '-subj', `/CN=${commonName}`, '-days', '2', '-out', 'self.pem');
  await openssl('x509', '-in', 'self.pem', '-outform', 'DER', '-out', 'self.der');
  await writeFile(join(folder, 'ca.der'), Buffer.from(await (await fetch(`${scepUrl}?operation=GetCACert`)).arrayBuffer()));
  await openssl('x509', '-inform', 'DER', '-in', 'ca.der', '-out', 'ca.pem');
  await openssl('cms', '-encrypt', '-binary', '-aes-128-cbc', '-in', 'request.der', '-outform', 'DER', '-out', 'envelope.der', 'ca.pem');

  const file = (name: string) => readFile(join(folder, name));
  const self = { certificate: await file('self.der'), key: (await file('key.pem')).toString() };
  const transaction = createHash('sha256').update(self.certificate).digest('hex');
  const message = signCms(await file('envelope.der'), self, {
    attributes: [
      [MESSAGE_TYPE, printable(PKCS_REQ)],
      [TRANSACTION_ID, printable(transaction)],
      [SENDER_NONCE, octets(randomBytes(16))],
    ],
  });
  const response = await fetch(`${scepUrl}?operation=PKIOperation`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-pki-message' },
    body: new Uint8Array(message),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`SCEP answered ${response.status}: ${answer.toString().slice(0, 300)}`);
  await writeFile(join(folder, 'answer.der'), answer);
  await openssl('cms', '-verify', '-noverify', '-binary', '-inform', 'DER', '-in', 'answer.der', '-out', 'answer-envelope.der');
  // The server may encrypt with DES, which OpenSSL 3 keeps among its old things.
  const legacy = ['-provider', 'default', '-provider', 'legacy'];
  await openssl(
    'cms',
    '-decrypt',
    ...legacy,
    '-binary',
    '-inform',
    'DER',
    '-in',
    'answer-envelope.der',
    '-recip',
    'self.pem',
    '-inkey',
    'key.pem',
    '-out',
    'issued.p7b',
  );
  await openssl('pkcs7', '-inform', 'DER', '-in', 'issued.p7b', '-print_certs', '-out', 'issued.pem');
  await openssl('x509', '-in', 'issued.pem', '-outform', 'DER', '-out', 'issued.der');
  return { certificate: await file('issued.der'), key: self.key };
}
