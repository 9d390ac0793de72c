/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import type { ExchangeAnswer } from '../../engine/device-answers.ts';
import type { Viewer } from '../viewer.types.ts';
import { Layout, pageText } from './layout.tsx';

const TITLES: Readonly<Record<ExchangeAnswer['what'], string>> = {
  heard: 'What the device said',
  command: 'The command that was queued',
  declaration: 'The declaration that was handed out',
  'too-large': 'Too large to be kept',
};

/** One exchange as it is stored. */
export function exchangePage(answer: ExchangeAnswer, viewer: Viewer): string {
  const { device, what, event, plist, declaration, bytes } = answer;
  const back = `/devices/${encodeURIComponent(device)}`;
  return pageText(
    <Layout title={`${TITLES[what]} · Ratchet`} current="/devices" viewer={viewer}>
      <p class="muted">
        <a href="/devices">Devices</a> / <a href={`${back}#history`}>{device}</a>
      </p>
      <h1>{TITLES[what]}</h1>
      {what === 'heard' ? (
        <p class="lead">
          Decoded, and without what Ratchet does not read: passwords, tokens and everything unknown is taken out before anything is stored.
        </p>
      ) : (
        ''
      )}
      {what === 'too-large' ? (
        <p>It had {bytes} bytes.</p>
      ) : (
        <pre class="wire" tabindex={0}>
          {plist ?? JSON.stringify(declaration ?? event, undefined, 2)}
        </pre>
      )}
    </Layout>,
  );
}
