/** What is wrong with what a person wrote, and how to put it right. */
export interface Problem {
  /** The file's name as given, "command line" or "environment". */
  file: string;
  /** From 1; absent when there is no place to point at (a missing file, a flag). */
  line?: number;
  column?: number;
  /** "policies[0].due.at", "--listen" or "RATCHET_LISTEN"; empty for the file as a whole. */
  path: string;
  message: string;
  expected: string;
  fix: string;
}

/** `ratchet.yaml:7:12  policies[0].due.at: "6pm" …; expected …; fix: …` */
export function formatProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  const subject = problem.path === '' ? '' : `${problem.path}: `;
  return `${place}  ${subject}${problem.message}; expected ${problem.expected}; fix: ${problem.fix}`;
}

/** policies[0].due.at */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  return text;
}

/** By file order: line, then column; problems without a place come first. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
