/** The image's HEALTHCHECK: asks /healthz on the port the server listens on; exit 0 when it is well. */
const port = (process.env.RATCHET_LISTEN || ':9006').split(':').pop();
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4000) });
  process.exitCode = answer.status === 200 ? 0 : 1;
} catch {
  process.exitCode = 1;
}
