// A consumer of NanoMDM's webhooks, for trying: checks the signature, prints each event, and sends it on where told to.
//
//   WEBHOOK_KEY=… node consumer.mjs 9010                                      takes events on port 9010
//   WEBHOOK_KEY=… node consumer.mjs 9010 http://127.0.0.1:9006/webhook        and sends each on, as it came
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

const [port, next] = process.argv.slice(2);

createServer(async (request, response) => {
  const body = await buffer(request);
  const { 'x-hmac-signature': signature = '', 'content-type': contentType = '' } = request.headers;
  const isSigned = signature === createHmac('sha256', process.env.WEBHOOK_KEY).update(body).digest('base64');
  response.writeHead(isSigned ? 200 : 403).end();
  if (!isSigned) return console.log('refused: the signature is wrong');
  console.log(`${JSON.parse(body).topic}, ${body.length} bytes, signed by the server`);
  if (next === undefined) return;
  // The same bytes and the same signature: parsing and writing the JSON anew would make another body of it.
  const headers = { 'Content-Type': contentType, 'X-Hmac-Signature': signature };
  const answer = await fetch(next, { method: 'POST', headers, body }).catch((error) => ({ status: error.cause?.code ?? error.message }));
  console.log(`  sent on: ${answer.status}`);
}).listen(Number(port), '127.0.0.1');
