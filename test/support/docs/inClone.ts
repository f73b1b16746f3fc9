// node dist/test/support/docs/inClone.js PAGE CLONE: runs the commands of a page in a clone of the repository, as they stand, and says how long each took.
import { fencesOf } from './fences.js';
import { Room } from './room.js';

const [page, clone] = process.argv.slice(2);
if (page === undefined || clone === undefined) throw new Error('name a page and a clone');
const room = await Room.open({ clone, timeoutMs: 600_000 });
try {
  await room.run(await fencesOf(page), ({ place, seconds }) => console.log(`${place}  ${seconds.toFixed(1)} s`));
} finally {
  await room.close();
}
