import { formatListen } from '../../config/setting-values.ts';
import type { Evidence, LinkReport } from './doctor.types.ts';
import { broken, ok, skipped, warning } from './words.ts';

/** The enrollment gate: whether the server behind it is there, and whether devices come by the right path. */
export function gateLink({ gate, ratchet, configuration: { settings } }: Evidence): LinkReport {
  if (gate === undefined) return skipped('off: devices enroll on what they run');
  const { url } = gate;
  if ('message' in gate)
    return broken(
      `the enrollment server at ${url} is not reached (${gate.message}): devices that ask the gate can not enroll`,
      `start it, or correct --gate-url ${url}`,
    );
  if (gate.status >= 500)
    return broken(
      `the enrollment server at ${url} answers ${gate.status}: devices that ask the gate can not enroll`,
      `look into its log, or correct --gate-url ${url}`,
    );
  const system = ratchet.kind === 'there' ? ratchet.system : undefined;
  const astray = system?.alerts.find(({ key }) => key === 'gate-path');
  if (astray !== undefined)
    return broken(
      astray.sentence.replace(/\.$/, ''),
      `give --gate-url ${url} the path that the proxy sends, or have the proxy send ${new URL(url).pathname}`,
    );
  // To a GET: some answer so who have the path for POST alone.
  if (gate.status === 404)
    return warning(
      `${url} answers 404: the enrollment server is there, and seems to have no profile at ${new URL(url).pathname}`,
      `nothing, if it takes POST alone; else correct the path of --gate-url ${url}`,
    );
  return ok(`${url} answers (${gate.status}); the proxy has to send ${new URL(url).pathname}${listenedAt(settings)}`);
}

function listenedAt({ listenPublic }: Evidence['configuration']['settings']): string {
  return listenPublic === undefined ? '' : ` to ${formatListen(listenPublic)}`;
}
