import type { Viewer } from '../../src/web/viewer.types.ts';

/** Who looks at a page that is written without a server: one who may do everything. */
export const VIEWER: Viewer = { name: 'jane', mayOperate: true, csrf: 'the secret', here: '/here', flash: undefined };
