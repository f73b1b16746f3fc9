// Which version is tried, on how many of the requests.
import { useState } from 'preact/hooks';
import { strings } from '../../../strings/index.js';

const texts = strings.rollout;

interface ShareFormProps {
  /** To choose from. */
  readonly versions: readonly number[];
  readonly percent: number;
  readonly action: string;
  readonly onSubmit: (version: number, percent: number) => void;
}

export function ShareForm({ versions, percent: before, action, onSubmit }: ShareFormProps) {
  const [version, choose] = useState(versions[0]!);
  const [percent, setPercent] = useState(before);
  return (
    <form
      class="row share-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(version, percent);
      }}
    >
      {versions.length > 1 && (
        <label>
          {texts.version}
          <select value={version} onChange={(event) => choose(Number(event.currentTarget.value))}>
            {versions.map((one) => (
              <option key={one} value={one}>
                {strings.versions.versionName(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="share">
        <span>
          {texts.share}: <output>{texts.percent(percent)}</output>
        </span>
        <input
          type="range"
          min={0}
          max={100}
          step={1}
          value={percent}
          aria-valuetext={texts.percent(percent)}
          onInput={(event) => setPercent(Number(event.currentTarget.value))}
        />
      </label>
      <button type="submit">{action}</button>
    </form>
  );
}
