// How often a version is right, by how sure it is: honest certainty lies on the diagonal.
import { formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { Figures } from './figures.js';

const texts = strings.versions;

const side = 240;
const margin = 36;
const place = (share: number): number => margin + share * side;
const height = (share: number): number => 8 + (1 - share) * side;
const ticks = [0, 0.25, 0.5, 0.75, 1];
const points = (share: number): string => (share * 100).toFixed(1);

export function Reliability({ figures: { reliability, calibrationError, images } }: { figures: Figures }) {
  if (reliability.length === 0) return null;
  const error =
    calibrationError && texts.reliabilityError(points(calibrationError.found), points(calibrationError.chance));
  return (
    <section class="card">
      <h2>{texts.reliabilityTitle}</h2>
      <p class="muted">{texts.reliabilityHelp}</p>
      {error !== undefined && <p>{error}</p>}
      <svg
        class="reliability"
        viewBox={`0 0 ${side + margin + 12} ${side + margin + 12}`}
        role="img"
        aria-label={`${texts.reliabilityTitle} ${error ?? ''}`}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={place(tick)} x2={place(tick)} y1={height(0)} y2={height(1)} />
            <line class="grid" x1={place(0)} x2={place(1)} y1={height(tick)} y2={height(tick)} />
            <text x={place(tick)} y={height(0) + 14} text-anchor="middle">
              {tick * 100}
            </text>
            <text x={margin - 6} y={height(tick) + 4} text-anchor="end">
              {tick * 100}
            </text>
          </g>
        ))}
        <line class="honest" x1={place(0)} y1={height(0)} x2={place(1)} y2={height(1)} />
        <text x={place(0.5)} y={height(0) + 32} text-anchor="middle">
          {texts.sureAxis} (%)
        </text>
        {reliability.map(({ confidence, accuracy, count }) => (
          <circle key={confidence} cx={place(confidence)} cy={height(accuracy)} r={3 + 9 * Math.sqrt(count / images)} />
        ))}
      </svg>
      <details>
        <summary>{texts.reliabilityTable}</summary>
        <table>
          <thead>
            <tr>
              <th class="number">{texts.reliabilityColumns.sure}</th>
              <th class="number">{texts.reliabilityColumns.right}</th>
              <th class="number">{texts.reliabilityColumns.photos}</th>
            </tr>
          </thead>
          <tbody>
            {reliability.map(({ confidence, accuracy, count }) => (
              <tr key={confidence}>
                <td class="number">{formatShare(confidence)}</td>
                <td class="number">{formatShare(accuracy)}</td>
                <td class="number">{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
