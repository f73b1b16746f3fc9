// The confusion matrix as a heat map: arrow keys move through it, Enter or a click opens the images of a cell.
import type { TargetedKeyboardEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { strings } from '../../strings/index.js';
import { mixUpsOf, type Figures } from './figures.js';

const texts = strings.versions;

/** Beyond, the cells would be too small to read. */
const mostClasses = 60;
const mixUpsShown = 8;

interface ConfusionProps {
  readonly figures: Figures;
  readonly onCell: (label: string, predicted: string) => void;
}

export function Confusion({ figures, onCell }: ConfusionProps) {
  const fits = figures.labels.length <= mostClasses;
  return (
    <section class="card">
      <h2>{texts.confusionTitle}</h2>
      <p class="muted">
        {fits ? `${texts.confusionHelp} ${texts.confusionKeys}` : texts.confusionTooLarge(figures.labels.length)}
      </p>
      <div class="confusion-columns">
        {fits && <Matrix figures={figures} onCell={onCell} />}
        <MixUps figures={figures} onCell={onCell} />
      </div>
    </section>
  );
}

const moves: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function Matrix({ figures: { labels, confusion }, onCell }: ConfusionProps) {
  const table = useRef<HTMLTableElement>(null);
  // The one cell that the tab key reaches.
  const [[row, column], setPlace] = useState<readonly [number, number]>([0, 0]);
  const move = (event: TargetedKeyboardEvent<HTMLTableElement>): void => {
    const step = moves[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const limit = (place: number): number => Math.max(0, Math.min(labels.length - 1, place));
    const [down, right] = [limit(row + step[0]), limit(column + step[1])];
    setPlace([down, right]);
    table.current!.querySelector<HTMLElement>(`[data-cell="${down}-${right}"]`)!.focus();
  };
  return (
    <div class="table-frame">
      <table ref={table} class="confusion" role="grid" aria-label={texts.confusionTitle} onKeyDown={move}>
        <thead>
          <tr>
            <th scope="col" class="corner">
              {texts.truth} ↓ / {texts.said} →
            </th>
            {labels.map((label) => (
              <th key={label} scope="col">
                <span>{label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((counts, i) => (
            <tr key={labels[i]}>
              <th scope="row">{labels[i]}</th>
              {counts.map((count, j) => (
                <td key={labels[j]} class={i === j ? 'right' : 'wrong'}>
                  <button
                    type="button"
                    data-cell={`${i}-${j}`}
                    tabindex={i === row && j === column ? 0 : -1}
                    aria-label={texts.cell(labels[i]!, labels[j]!, count)}
                    style={{ '--share': String(shareOf(count, counts)) }}
                    onFocus={() => setPlace([i, j])}
                    onClick={() => count > 0 && onCell(labels[i]!, labels[j]!)}
                  >
                    {count > 0 && count}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of the images of its row; any at all can be seen. */
function shareOf(count: number, row: readonly number[]): number {
  const total = row.reduce((sum, value) => sum + value, 0);
  return count === 0 ? 0 : 0.15 + (0.85 * count) / total;
}

function MixUps({ figures, onCell }: ConfusionProps) {
  const mixUps = mixUpsOf(figures, mixUpsShown);
  return (
    <div>
      <h3>{texts.mixUps}</h3>
      {mixUps.length === 0 && <p class="muted">{texts.noMixUps}</p>}
      <ul class="mix-ups">
        {mixUps.map(({ label, predicted, count }) => (
          <li key={`${label}/${predicted}`}>
            <button type="button" class="plain" onClick={() => onCell(label, predicted)}>
              {texts.mixUp(label, predicted)} <span class="muted">{texts.photos(count)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
