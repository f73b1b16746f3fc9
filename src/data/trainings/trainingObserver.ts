// What happens to trainings in this process, for those who count it and write it down.
import type { Training, TrainingOutcome } from './schemas.js';

export interface TrainingObserver {
  /** This process begins to run it, for the first time or again. */
  readonly onStart?: (training: Training) => void;
  /** A stage begins to run here. */
  readonly onStageStart?: (training: Training, stage: string) => void;
  /** A stage that ran here is finished and saved. */
  readonly onStage?: (training: Training, stage: string, seconds: number) => void;
  /** Its run here was interrupted through no fault of its own; it waits to be run again. */
  readonly onInterruption?: (training: Training) => void;
  /** It is over, and recorded as such by this process. */
  readonly onEnd?: (training: Training, outcome: TrainingOutcome) => void;
}
