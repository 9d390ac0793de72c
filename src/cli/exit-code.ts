/** 0 fine, 1 a finding, 2 wrong input, 3 server not reached. */
export type ExitCode = 0 | 1 | 2 | 3;
