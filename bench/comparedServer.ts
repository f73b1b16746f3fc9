// The server as other programs are compared with it: in a process of its own, asked over HTTP, and in fp32, in which they compute too.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { startServer, type ServerProcess } from './process.js';

/** `env`: where its data and its classifiers are, and whatever else is not as usual. */
export const startComparedServer = (env: Readonly<Record<string, string>>): Promise<ServerProcess> =>
  startServer('dist/src/main.js', [], {
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    ADMIN_API_KEY: randomUUID(),
    PRECISION: 'fp32',
    ...env,
  });

const answerSchema = z.object({
  results: z.tuple([z.object({ predictions: z.array(z.object({ label: z.string(), probability: z.number() })) })]),
});

/** Probabilities in the order of `labels`, NaN for a label that the answer lacks. Throws an error with the answer where it is none of these. */
export async function classify(
  url: string,
  model: string,
  labels: readonly string[],
  image: Buffer,
  type: 'image/png' | 'image/jpeg',
): Promise<number[]> {
  const response = await fetch(`${url}/v1/classify?model=${model}&topK=${labels.length}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(image),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`the server answered ${response.status}: ${JSON.stringify(body)}`);
  const { predictions } = answerSchema.parse(body).results[0];
  const byLabel = new Map(predictions.map(({ label, probability }) => [label, probability]));
  return labels.map((label) => byLabel.get(label) ?? NaN);
}
