// Which images of a dataset a classifier is taught from: those that its last training has not seen, and some that it has, to compare with.
import type { LessonImage } from '../../data/lessons.js';
import { groupBy } from '../../groupBy.js';

export interface LessonRows {
  /** Images that came after the last training, by turns from each class, the newest first. */
  readonly fresh: readonly LessonImage[];
  /** Of that training, likewise. */
  readonly learnt: readonly LessonImage[];
}

/** What learning takes grows with their square. */
const mostFresh = 300;
const mostLearnt = 300;
/** Images of each class of the training, for each taught one of a class: with as many, the classes of the version suffer; with more, new ones do (bench/teach.ts). */
const learntPerFresh = 2;
const leastLearnt = 5;

/** `images`: the newest first. `learntUntil`: when the last training was asked for; undefined: none has seen any of them. */
export function chooseRows(images: readonly LessonImage[], learntUntil: Date | undefined): LessonRows {
  const isFresh = ({ createdAt }: LessonImage): boolean => learntUntil === undefined || createdAt > learntUntil;
  const fresh = byTurns(images.filter(isFresh), Infinity).slice(0, mostFresh);
  if (fresh.length === 0) return { fresh, learnt: [] };
  const perClass = fresh.length / new Set(fresh.map(({ label }) => label)).size;
  const most = Math.max(leastLearnt, Math.round(learntPerFresh * perClass));
  const learnt = byTurns(
    images.filter((image) => !isFresh(image)),
    most,
  );
  return { fresh, learnt: learnt.slice(0, mostLearnt) };
}

/** One of each class, then the second of each, `most` at most. */
function byTurns(images: readonly LessonImage[], most: number): LessonImage[] {
  const classes = [...groupBy(images, ({ label }) => label).values()];
  const turns = Math.min(most, Math.max(0, ...classes.map(({ length }) => length)));
  return Array.from({ length: turns }, (_, turn) => classes.flatMap((own) => own.slice(turn, turn + 1))).flat();
}
