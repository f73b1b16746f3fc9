// How long from the last image uploaded to the new version answering: 500 images, then 50 more.
import { join } from 'node:path';
import { classify, listClasses, type LabelledFile, type RetrainServer } from './retrainServer.js';

export async function measureSpeed(server: RetrainServer, images: string): Promise<void> {
  const files = await listClasses(join(images, 'train'));
  await server.admin('PUT', 'datasets/speed');
  for (const [title, chosen, goal] of [
    ['500 images', files.slice(0, 500), 60],
    ['50 more', files.slice(500, 550), 10],
  ] as const) {
    await server.upload('speed', chosen);
    await timeRetrain(server, title, goal, chosen[0]!);
  }
}

async function timeRetrain(
  server: RetrainServer,
  title: string,
  goalSeconds: number,
  { file }: LabelledFile,
): Promise<void> {
  const startedAt = performance.now();
  const cpuBefore = await server.process.cpuMs();
  const cpuSeconds = async (): Promise<string> => ((await server.process.cpuMs()) / 1000 - cpuBefore / 1000).toFixed(1);
  let answered = { version: 0, seconds: NaN, cpu: '' };
  const training = await server.retrain({ dataset: 'speed', model: 'speed', activate: 'always' }, async () => {
    const { version } = await classify(server.url, 'model=speed', file);
    answered = { version, seconds: (performance.now() - startedAt) / 1000, cpu: await cpuSeconds() };
  });
  if (training.state !== 'succeeded') throw new Error(JSON.stringify(training.error));
  const { version, seconds, cpu } = answered;
  if (version !== training.version) throw new Error(`version ${version} answered, not ${training.version}`);
  const ended = (performance.now() - startedAt) / 1000;
  const stages = Object.entries(training.metrics!.seconds).map(([stage, value]) => `${stage} ${value.toFixed(1)}`);
  console.log(
    `${title} → version ${version} answers after ${seconds.toFixed(1)} s (goal ${goalSeconds} s; ${cpu} s of CPU), the training ends after ${ended.toFixed(1)} s (${await cpuSeconds()} s of CPU): ${stages.join(', ')}; accuracy ${(100 * training.metrics!.accuracy).toFixed(1)} %`,
  );
}
