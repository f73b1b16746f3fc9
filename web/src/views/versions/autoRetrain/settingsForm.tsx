// When a classifier trains itself again, on what, and what becomes of the version.
import { useState } from 'preact/hooks';
import { strings } from '../../../strings/index.js';
import type { Settings } from './autoRetrainActions.js';

type Schedule = NonNullable<Settings['schedule']>;

const texts = strings.autoRetrain;
const usualCount = 50;
const usualTime = '03:00';

interface SettingsFormProps {
  readonly datasets: readonly string[];
  readonly dataset: string;
  /** undefined: it is off. What the form does not show stays. */
  readonly settings: Settings | undefined;
  readonly onSubmit: (settings: Settings) => void;
}

export function SettingsForm({ datasets, dataset: usual, settings, onSubmit }: SettingsFormProps) {
  const time = timeOf(settings?.schedule);
  const [byCount, setByCount] = useState(settings === undefined || settings.afterCorrections !== undefined);
  const [bySchedule, setBySchedule] = useState(settings?.schedule !== undefined);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => form.get(name) as string;
    const others: Settings = { dataset: usual, ...settings };
    delete others.afterCorrections;
    delete others.schedule;
    const then = text('then');
    onSubmit({
      ...others,
      dataset: text('dataset'),
      ...(byCount && { afterCorrections: Number(text('count')) }),
      ...(bySchedule && { schedule: form.has('time') ? dailyAt(text('time')) : settings!.schedule! }),
      ...((then === 'if-better' || then === 'never') && { activate: then }),
    });
  };
  const then = typeof settings?.activate === 'object' ? 'rollout' : (settings?.activate ?? 'if-better');
  return (
    <form class="auto-retrain-form" onSubmit={submit}>
      <label>
        {texts.dataset}
        <select name="dataset" defaultValue={settings?.dataset ?? usual}>
          {datasets.map((name) => (
            <option key={name} selected={name === (settings?.dataset ?? usual)}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset>
        <legend>{texts.whenTitle}</legend>
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked={byCount}
              onChange={({ currentTarget }) => setByCount(currentTarget.checked)}
            />
            {texts.afterCorrections}
          </label>
          {byCount && (
            <input
              type="number"
              name="count"
              min={1}
              max={1_000_000}
              required
              aria-label={texts.count}
              defaultValue={settings?.afterCorrections ?? usualCount}
            />
          )}
        </div>
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked={bySchedule}
              onChange={({ currentTarget }) => setBySchedule(currentTarget.checked)}
            />
            {settings?.schedule !== undefined && time === undefined
              ? texts.schedule(settings.schedule.cron, settings.schedule.timeZone ?? 'UTC')
              : texts.daily}
          </label>
          {bySchedule && (settings?.schedule === undefined || time !== undefined) && (
            <input type="time" name="time" required aria-label={texts.time} defaultValue={time ?? usualTime} />
          )}
        </div>
      </fieldset>
      <fieldset>
        <legend>{texts.thenTitle}</legend>
        {(Object.keys(texts.then) as (keyof typeof texts.then)[])
          .filter((choice) => choice !== 'rollout' || then === 'rollout')
          .map((choice) => (
            <label key={choice}>
              <input type="radio" name="then" value={choice} defaultChecked={choice === then} />
              {texts.then[choice]}
            </label>
          ))}
      </fieldset>
      <div>
        <button type="submit" class={settings === undefined ? 'primary' : ''} disabled={!byCount && !bySchedule}>
          {settings === undefined ? texts.turnOn : texts.change}
        </button>
      </div>
    </form>
  );
}

const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** '03:05' → at that time of the reader's clock. */
function dailyAt(time: string): Schedule {
  const [hour, minute] = time.split(':').map(Number);
  return { cron: `${minute} ${hour} * * *`, timeZone: ownTimeZone() };
}

/** undefined: it is not one time each day of the reader's clock. */
function timeOf(schedule: Schedule | undefined): string | undefined {
  const [, minute, hour] = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(schedule?.cron ?? '') ?? [];
  if (hour === undefined || schedule?.timeZone !== ownTimeZone()) return undefined;
  return `${hour.padStart(2, '0')}:${minute!.padStart(2, '0')}`;
}
