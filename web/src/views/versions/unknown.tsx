// What a version makes of photos of none of its classes, and what it calls unknown.
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatShare } from '../../format.js';
import { strings } from '../../strings/index.js';
import { setUnknownAbove } from './actions.js';
import type { ModelVersion } from './classifierPage.js';

const texts = strings.unknown;

export function Unknown({ version, reload }: { version: ModelVersion; reload: () => void }) {
  const { name, version: number, unknownAbove, metrics } = version;
  const { novelty } = metrics;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) input.current.value = String(unknownAbove);
  }, [unknownAbove]);
  const set = async (value: number | null): Promise<void> => {
    if (await setUnknownAbove(name, number, value)) reload();
  };
  if (!novelty) return null;
  const { against, heldOutUnknown, accuracyGivenUp, blanksUnknown, auroc, falsePositiveRate } = novelty;
  const kinds = against ?? [
    { kind: 'drawn' as const, images: undefined, unknown: blanksUnknown, auroc, falsePositiveRate },
  ];
  return (
    <section class="card">
      <h2>{texts.title}</h2>
      <p>
        {accuracyGivenUp === undefined
          ? texts.heldOutUnknown(formatShare(heldOutUnknown))
          : texts.givenUp(formatShare(heldOutUnknown), formatShare(accuracyGivenUp))}
      </p>
      <div class="table-frame" role="region" aria-label={texts.title} tabindex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.columns.kind}</th>
              <th scope="col" class="number">
                {texts.columns.unknown}
              </th>
              <th scope="col" class="number">
                {texts.columns.auroc}
              </th>
              <th scope="col" class="number">
                {texts.columns.falsePositives}
              </th>
            </tr>
          </thead>
          <tbody>
            {kinds.map((one) => (
              <tr key={one.kind}>
                <th scope="row">
                  {texts.kinds[one.kind]}
                  {one.images !== undefined && ` (${formatCount(one.images)})`}
                </th>
                <td class="number">{formatShare(one.unknown)}</td>
                <td class="number">{one.auroc.toFixed(3)}</td>
                <td class="number">{formatShare(one.falsePositiveRate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void set(Number(input.current!.value));
        }}
      >
        <label>
          {texts.threshold}
          <input ref={input} type="number" min={0} max={1} step="any" required defaultValue={String(unknownAbove)} />
        </label>
        <button type="submit">{texts.save}</button>
        <button type="button" class="plain" onClick={() => void set(null)}>
          {texts.reset}
        </button>
      </form>
      <p class="muted">{texts.thresholdHelp}</p>
    </section>
  );
}
