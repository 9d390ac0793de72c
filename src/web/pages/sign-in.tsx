/** @jsxRuntime automatic @jsxImportSource hono/jsx -- here too: tsx reads the tsconfig.json of where it is started */
import { Layout, type PagePath, pageText } from './layout.tsx';

/** `to`: the path it goes on to; `wrong`: why the last try did not do. */
export function signInPage(to: string, wrong?: string): string {
  return pageText(
    <Layout title="Sign in to Ratchet" narrow>
      <h1>Ratchet</h1>
      <p class="soft">
        Sign in with the password that Ratchet was started with (<code>--api</code>, <code>--api-file</code> or <code>apiFile</code>), or
        with a token (<code>ratchet token create</code>).
      </p>
      {wrong === undefined ? (
        ''
      ) : (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <form method="post" action="/sign-in">
        {to === '/' ? '' : <input type="hidden" name="to" value={to} />}
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
    <Layout title="Account · Ratchet" narrow current="/sign-in">
      <h1>Account</h1>
      <p>
        Signed in by {name === 'browser' ? 'the password' : name}, with role <strong>{access}</strong>.
      </p>
      <form method="post" action="/sign-out">
        <input type="hidden" name="csrf" value={csrf} />
        <button type="submit">Sign out</button>
      </form>
    </Layout>,
  );
}

/** Where there is nothing to sign in to, or it was refused. `current`: the page of the bar it belongs to, for who is inside. */
export function noticePage(text: string, current?: PagePath): string {
  return pageText(
    <Layout title="Ratchet" narrow current={current}>
      <h1>Ratchet</h1>
      <p>{text}</p>
    </Layout>,
  );
}
