import type { HostWire } from '../host.ts';
import { decodeWebhook } from './decode-webhook.ts';
import { readEnvelope } from './envelope.ts';
import { sign, signatureHeader, verifySignature } from './signature.ts';

/** How NanoMDM's calls are read and signed. */
export const nanoMdmWire: HostWire = { readEnvelope, decodeWebhook, signatureHeader, sign, verifySignature };
