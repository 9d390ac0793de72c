import type { Flash } from './flashes.ts';

/** Who looks at a page: what its forms and its first line hang on. */
export interface Viewer {
  /** As in audit lines. */
  name: string;
  /** Sees the forms. Whoever sends one is judged anew. */
  mayOperate: boolean;
  /** Goes with every form; empty where there is no session. */
  csrf: string;
  /** Path and query of the page, which its forms lead back to. */
  here: string;
  /** What became of the act before. */
  flash: Flash | undefined;
}
