import { sign, signatureHeader, verifySignature } from '../body-signature.ts';
import { decodeWebhook } from '../decode-webhook.ts';
import type { BodySignature, HostWire } from '../host.ts';
import { readEnvelope } from '../webhook-envelope.ts';

/** How NanoMDM signs its calls, and has our answers signed. */
export const nanoMdmSignature: BodySignature = { header: signatureHeader, sign, verify: verifySignature };

/** How NanoMDM's calls are read. */
export const nanoMdmWire: HostWire = { readEnvelope, decodeWebhook, signature: nanoMdmSignature };
