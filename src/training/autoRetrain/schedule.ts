// Times of a schedule: cron's five fields, as the clocks of a time zone show them.
import { Cron } from 'croner';
import { z } from 'zod';

export const scheduleSchema = z
  .strictObject({
    cron: z
      .string()
      .max(200)
      .regex(
        /^[0-9A-Za-z*/,#?+-]+( [0-9A-Za-z*/,#?+-]+){4}$/,
        'five fields: minute, hour, day of the month, month, weekday',
      )
      .meta({ description: 'Minute, hour, day of the month, month, day of the week', example: '0 3 * * *' }),
    timeZone: z
      .string()
      .max(100)
      .default('UTC')
      .meta({ description: 'By its IANA name; where clocks are changed, the hour stays', example: 'Europe/Berlin' }),
  })
  .meta({ id: 'AutoRetrainSchedule' });
export type Schedule = z.output<typeof scheduleSchema>;

/** The first time after `after`; null: there is none. Throws Error for a pattern or a time zone that does not exist. */
export const nextRun = ({ cron, timeZone }: Schedule, after: Date): Date | null =>
  new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(after);

/** Why the schedule cannot be used, in words; undefined: it can. */
export function faultOf(schedule: Schedule, now: Date): string | undefined {
  try {
    return nextRun(schedule, now) === null ? `"${schedule.cron}" never comes` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
