/** A finding at a place of the file. `at: 'key'` means the key itself, `missing` the parent of an absent key. */
export interface PolicyFinding {
  path: (string | number)[];
  at: 'value' | 'key' | 'missing';
  message: string;
  expected: string;
  fix: string;
}
