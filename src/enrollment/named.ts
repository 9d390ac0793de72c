import { z } from 'zod';
import type { MdmMessage } from '../mdm/messages.ts';

/** Of what a device says of itself: as long as is kept of it anywhere. */
const Told = z.string().min(1).max(256).optional();
/** Epoch ms. */
const Moment = z.int().positive().optional();

/**
 * An enrollment that a person's list names (rule 30), before anything is heard of it. `id` is what the MDM server
 * addresses it by: the UDID, or the EnrollmentID of a User Enrollment. Ids are kept letter by letter.
 */
export const NamedEnrollment = z.strictObject({
  /** Nothing that has a meaning in the address of a server's API; a colon would make it a user channel. */
  id: z
    .string()
    .max(255)
    .regex(/^[^\s\p{C},:/\\]+$/u, 'expected an id without blanks, commas, colons and slashes')
    .refine((id) => !/^\.+$/.test(id), 'expected an id, not only dots'),
  serial: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'expected letters, digits and dashes, at most 64')
    .optional(),
  /** As NanoMDM spells them; absent: Device. */
  type: z.enum(['Device', 'User Enrollment (Device)']).optional(),
  /** What its Authenticate said, whenever that was: the version is the one it enrolled with. */
  productName: Told,
  model: Told,
  modelName: Told,
  deviceName: Told,
  osVersion: Told,
  buildVersion: Told,
  /** By the server's records: when it enrolled, was last heard of, and whether it is still enrolled; absent: it is, as far as is known. */
  enrolledAt: Moment,
  lastSeenAt: Moment,
  enabled: z.boolean().optional(),
  /** The server holds one for it. */
  bootstrapToken: z.literal('escrowed').optional(),
});
export type NamedEnrollment = z.infer<typeof NamedEnrollment>;

/** Serial numbers that are none are left out: the device tells its own. */
const SERIAL = NamedEnrollment.shape.serial;

/** The part of a record that a check-in message tells; nothing of any other message. */
export function toldBy(message: MdmMessage): Partial<NamedEnrollment> {
  switch (message.kind) {
    case 'Authenticate': {
      const { kind: _kind, serialNumber, ...told } = message;
      const serial = SERIAL.safeParse(serialNumber).data;
      return { ...told, ...(serial === undefined ? {} : { serial }) };
    }
    case 'SetBootstrapToken':
      return message.escrowed ? { bootstrapToken: 'escrowed' } : {};
    default:
      return {};
  }
}
