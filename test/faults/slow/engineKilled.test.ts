// The engine's thread is killed again and again while clients classify.
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../../support/faults/load.js';
import { startFaultyServer } from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { colourImage } from '../../support/tinyModel.js';

const kills = 3;

test('every classification during the deaths of the engine is answered or refused', async (t) => {
  const preload = new URL('../../support/faults/killEngine.js', import.meta.url);
  const { url, child, log } = await startFaultyServer(t, {}, { preload });
  const tally = new Tally();
  const load = new Load({ url, tally, images: [await colourImage('red', 1)] });
  const deaths = (): number => log.filter((line) => line.includes('the engine worker died')).length;
  for (let kill = 0; kill < kills; kill++) {
    child.kill('SIGUSR2');
    while (deaths() <= kill) await sleep(20);
    const { answered } = tally.counts;
    while (tally.counts.answered < answered + 20) await sleep(20);
  }
  await load.stop();
  tally.report(t, `engine worker killed ${kills} times`);
});
