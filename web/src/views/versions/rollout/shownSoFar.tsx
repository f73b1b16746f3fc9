// What each version of a rollout has answered, and the steps on the way.
import { formatCount, formatShare, formatTime } from '../../../format.js';
import { strings } from '../../../strings/index.js';
import type { Rollout } from './rolloutActions.js';

const texts = strings.rollout;

export function ShownSoFar({ versions }: Pick<Rollout, 'versions'>) {
  const { columns } = texts;
  return (
    <div class="table-frame" role="region" aria-label={texts.soFar} tabindex={0}>
      <table>
        <thead>
          <tr>
            <th>{columns.version}</th>
            <th class="number">{columns.requests}</th>
            <th class="number">{columns.errors}</th>
            <th class="number">{columns.time}</th>
            <th class="number">{columns.sure}</th>
            <th class="number">{columns.unknown}</th>
            <th class="number">{columns.agrees}</th>
            <th class="number">{columns.corrected}</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((one) => (
            <tr key={one.version}>
              <th scope="row">
                {strings.versions.versionName(one.version)} <span class="badge">{texts.roles[one.role]}</span>
              </th>
              <td class="number">{formatCount(one.requests)}</td>
              <td class="number">{shareOf(one.errorRate)}</td>
              <td class="number">{one.meanMs === null ? '–' : texts.ms(one.meanMs)}</td>
              <td class="number">{shareOf(one.meanTopProbability)}</td>
              <td class="number">{shareOf(one.unknownShare)}</td>
              <td class="number">{shareOf(one.agreement)}</td>
              <td class="number">
                {one.corrections === 0 ? '–' : texts.of(formatCount(one.right), formatCount(one.corrections))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shareOf = (share: number | null): string => (share === null ? '–' : formatShare(share));

export function Steps({ steps }: Pick<Rollout, 'steps'>) {
  return (
    <details>
      <summary>{texts.steps}</summary>
      <ol class="steps">
        {steps.map(({ at, kind, reason }) => (
          <li key={`${at} ${kind}`}>
            <strong>{texts.kinds[kind]}</strong> <span class="muted">{formatTime(at)}</span>
            <div>{reason}</div>
          </li>
        ))}
      </ol>
    </details>
  );
}
