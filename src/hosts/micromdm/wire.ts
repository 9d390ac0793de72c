import { decodeWebhook } from '../decode-webhook.ts';
import type { HostWire } from '../host.ts';
import { readEnvelope } from '../webhook-envelope.ts';

/**
 * How MicroMDM's calls are read: the envelope that NanoMDM took over from it, without ids (who is meant stands in the
 * payload), tally and signature.
 */
export const microMdmWire: HostWire = { readEnvelope, decodeWebhook, signature: undefined };
