/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { Layout, pageText } from './layout.tsx';

/** `wrong`: why the last try did not do. */
export function signInPage(wrong?: string): string {
  return pageText(
    <Layout title="Sign in to Ratchet" narrow>
      <h1>Ratchet</h1>
      <p class="soft">Sign in with the password of the API (--api), or with a token.</p>
      {wrong === undefined ? (
        ''
      ) : (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <form method="post" action="/sign-in">
        <input type="hidden" name="username" value="ratchet" autocomplete="username" />
        <label for="secret">Password or token</label>
        <input id="secret" name="secret" type="password" autocomplete="current-password" required autofocus maxlength={500} />
        <button type="submit">Sign in</button>
      </form>
    </Layout>,
  );
}

export function signedInPage({ name, access, csrf }: { name: string; access: string; csrf: string }): string {
  return pageText(
    <Layout title="Ratchet" narrow>
      <h1>Ratchet</h1>
      <p>
        Signed in by {name === 'browser' ? 'the password' : name}, with role <strong>{access}</strong>.
      </p>
      <p>
        <a href="/api/v1/reference">The API</a>
      </p>
      <form method="post" action="/sign-out">
        <input type="hidden" name="csrf" value={csrf} />
        <button type="submit">Sign out</button>
      </form>
    </Layout>,
  );
}

/** Where there is nothing to sign in to, or it was refused. */
export function noticePage(text: string): string {
  return pageText(
    <Layout title="Ratchet" narrow>
      <h1>Ratchet</h1>
      <p>{text}</p>
    </Layout>,
  );
}
