/**
 * What a browser shows whose visitor does not know the token. It takes nothing from the server, which
 * would ask for the token again.
 */
export const TOKEN_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>fovea needs its token</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
  </head>
  <body>
    <main>
      <h1>This address needs its token</h1>
      <p>Open the address that <code>serve</code> printed where it runs: it ends in
        <code>?token=…</code></p>
      <p>Every start has a new token. Once this browser knows it, bookmarks open as before.</p>
    </main>
  </body>
</html>
`;
