// The server that most tutorials end with: one Fastify handler that awaits sharp and session.run on the main thread. The other side of `npm run bench`,
// and with a head (see bench/peers) one of `npm run bench:peers`.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import multipart from '@fastify/multipart';
import Fastify, { type FastifyRequest } from 'fastify';
import { InferenceSession, Tensor } from '../src/engines/onnxRuntime.js';
import { softmax } from '../src/softmax.js';
import sharp from 'sharp';

interface Head {
  readonly labels: readonly string[];
  readonly temperature: number;
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
}

const [file, headFile, size] = [process.argv[2]!, process.argv[3], 299];
const session = await InferenceSession.create(file);
const head = headFile === undefined ? undefined : (JSON.parse(readFileSync(headFile, 'utf8')) as Head);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

const app = Fastify({ bodyLimit: 10 * 2 ** 20 });
await app.register(multipart, { limits: { fileSize: 10 * 2 ** 20 } });
app.addContentTypeParser(/^image\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

const imageOf = async (request: FastifyRequest): Promise<Buffer> =>
  request.isMultipart() ? (await request.file())!.toBuffer() : (request.body as Buffer);

/** The five most probable classes. */
function predict({ labels, temperature, kernel, bias }: Head, embedding: Float32Array) {
  const logits = Float32Array.from(bias, (value, c) =>
    embedding.reduce((sum, feature, i) => sum + feature * kernel[i * bias.length + c]!, value),
  );
  return [...softmax(logits, temperature)]
    .map((probability, c) => ({ label: labels[c]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 5);
}

app.post('/v1/classify', async (request) => {
  const pixels = await sharp(await imageOf(request))
    .rotate()
    .resize(size, size, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer();
  const outputs = await session.run({ [session.inputNames[0]!]: new Tensor('uint8', pixels, [1, size, size, 3]) });
  const embedding = outputs[session.outputNames[0]!]!.data as Float32Array;
  return head ? { predictions: predict(head, embedding) } : { values: embedding.length };
});
app.get('/delay', async () => {
  const p99Ms = delay.percentile(99) / 1e6;
  const maxMs = delay.max / 1e6;
  delay.reset();
  return { p99Ms, maxMs };
});
process.on('SIGTERM', () => process.exit(0));
console.log(await app.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' }));
