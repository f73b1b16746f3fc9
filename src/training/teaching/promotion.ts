// From what was taught to a trained version: on request, or when the rule of the lesson says so.
import type { Log } from '../../data/database/database.js';
import type { Training } from '../../data/trainings/schemas.js';
import type { Trainings } from '../../data/trainings/trainings.js';
import { hasEnded } from '../../data/trainings/schemas.js';
import { AppError } from '../../errors.js';
import { retrainSchema } from '../request.js';
import { submitTraining, type SubmissionDeps } from '../submission.js';
import type { LessonState } from './teaching.js';

export interface PromotionDeps extends SubmissionDeps {
  readonly trainings: Pick<Trainings, 'list'>;
  readonly logger: Log;
}

export class Promotion {
  constructor(private readonly deps: PromotionDeps) {}

  /** Throws AppError `unknown_dataset`, `invalid_dataset` when the images are not enough for a training. */
  promote({ classifier, dataset }: LessonState, options?: Parameters<typeof submitTraining>[2]): Promise<Training> {
    return submitTraining(this.deps, retrainSchema.parse({ dataset, model: classifier }), options);
  }

  /** Starts a training when so many images were taught as the lesson wants, unless one is not over, or the images are not enough yet. */
  async considerRule(lesson: LessonState): Promise<void> {
    const { promoteAfter, fresh, classifier } = lesson;
    if (promoteAfter === null || fresh.length < promoteAfter) return;
    const [last] = await this.deps.trainings.list({ classifier, limit: 1 });
    if (last !== undefined && (!hasEnded(last) || isTried(last, lesson))) return;
    try {
      const { id } = await this.promote(lesson, { startedBy: 'lesson' });
      this.deps.logger.info(
        { model: classifier, training: id, taught: fresh.length },
        'a lesson is promoted by its rule',
      );
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'invalid_dataset')) throw error;
    }
  }
}

/** Whether a training that gave no active version has seen as many of the images: another would end the same way. */
const isTried = ({ createdAt }: Training, { fresh, promoteAfter }: LessonState): boolean =>
  fresh.filter((image) => image.createdAt > createdAt).length < promoteAfter!;
