/** An enrollment whose committed manifest may be another than what is placed. */
export interface Changed {
  enrollmentId: string;
  /** A date is to be taken back, or another is to take its place: these go first. */
  isWithdrawal: boolean;
}
