import type { EnrollmentState } from '../enrollment/state.ts';

/** The device reports declarations of ours as active. */
export function reportsOurs(enrollment: Pick<EnrollmentState, 'declarations'>): boolean {
  return Object.values(enrollment.declarations).some((status) => status.value.active);
}
