import { z } from 'zod';

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
});
export type NamedEnrollment = z.infer<typeof NamedEnrollment>;
