import { decodeWebhook } from './decode-webhook.ts';
import { readEnvelope } from './envelope.ts';
import { sign, signatureHeader, verifySignature } from './signature.ts';

/** How calls of NanoMDM (and of NanoHUB, whose webhook is the same code) are read and signed. */
export const nanoMdmWire = { readEnvelope, decodeWebhook, signatureHeader, sign, verifySignature };
