// The server that most tutorials end with: one Fastify handler that awaits sharp and session.run on the main thread. The other side of `npm run bench`.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';
import { InferenceSession, Tensor } from '../src/engines/onnxRuntime.js';
import sharp from 'sharp';

const [file, size] = [process.argv[2]!, 299];
const session = await InferenceSession.create(file);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const app = Fastify({ bodyLimit: 10 * 2 ** 20 });
app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/v1/classify', async (request) => {
  const pixels = await sharp(request.body as Buffer)
    .rotate()
    .resize(size, size, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer();
  const outputs = await session.run({ [session.inputNames[0]!]: new Tensor('uint8', pixels, [1, size, size, 3]) });
  return { values: outputs[session.outputNames[0]!]!.data.length };
});
app.get('/delay', async () => {
  const p99Ms = delay.percentile(99) / 1e6;
  const maxMs = delay.max / 1e6;
  delay.reset();
  return { p99Ms, maxMs };
});
process.on('SIGTERM', () => process.exit(0));
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
