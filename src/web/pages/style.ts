import { CONTENT_STYLE } from './style-content.ts';
import { FRAME_STYLE } from './style-frame.ts';
import { LISTS_STYLE } from './style-lists.ts';
import { OVERVIEW_STYLE } from './style-overview.ts';

/** Of every page; served from our own origin, as the policy of the pages demands. */
export const STYLE_PATH = '/assets/ratchet.css';

export const STYLE = `${FRAME_STYLE}${CONTENT_STYLE}${LISTS_STYLE}${OVERVIEW_STYLE}`;
