// The versions of a classifier, the newest first; two of them can be chosen for a comparison.
import { useState } from 'preact/hooks';
import { formatShare } from '../../format.js';
import { go, hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';

const texts = strings.versions;

export function VersionTable({ name, versions }: { name: string; versions: readonly ModelVersion[] }) {
  const [chosen, choose] = useState<readonly number[]>([]);
  // A third choice takes the place of the oldest.
  const toggle = (version: number): void =>
    choose(chosen.includes(version) ? chosen.filter((one) => one !== version) : [...chosen, version].slice(-2));
  const [a, b] = [...chosen].sort((x, y) => x - y);
  return (
    <section class="card">
      <h2>{texts.listTitle}</h2>
      <div class="table-frame" role="region" aria-label={texts.listTitle} tabindex={0}>
        <table>
          <thead>
            <tr>
              {versions.length > 1 && <th>{texts.columns.compare}</th>}
              <th>{texts.columns.version}</th>
              <th>{texts.columns.right}</th>
              <th>{texts.columns.from}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <tr key={version.version}>
                {versions.length > 1 && (
                  <td>
                    <input
                      type="checkbox"
                      aria-label={texts.pick(version.version)}
                      checked={chosen.includes(version.version)}
                      onChange={() => toggle(version.version)}
                    />
                  </td>
                )}
                <td>
                  <a href={hrefOf('versions', name, String(version.version))}>{texts.versionName(version.version)}</a>{' '}
                  {version.active && <span class="badge badge-good">{texts.active}</span>}{' '}
                  {version.aliases.map((alias) => (
                    <span key={alias} class="badge">
                      {alias}
                    </span>
                  ))}
                </td>
                <td>
                  <Accuracy version={version} />
                </td>
                <td>{typeof version.provenance['dataset'] === 'string' ? version.provenance['dataset'] : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {versions.length > 1 && (
        <div class="row compare-row">
          <span class="muted">{texts.chooseTwo}</span>
          {a !== undefined && b !== undefined && (
            <button type="button" onClick={() => go('versions', name, 'compare', String(a), String(b))}>
              {texts.compareChosen(a, b)}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Accuracy({ version: { metrics } }: { version: ModelVersion }) {
  const { multiLabel } = metrics;
  const accuracy = multiLabel?.meanAveragePrecision ?? metrics.accuracy;
  const accuracyInterval = multiLabel?.meanAveragePrecisionInterval ?? metrics.accuracyInterval;
  if (accuracy === undefined || accuracyInterval === undefined) return <span class="muted">{texts.noFigures}</span>;
  return (
    <>
      <strong>{multiLabel ? texts.meanPrecisionShort(formatShare(accuracy)) : formatShare(accuracy)}</strong>
      <div class="muted interval">
        {texts.between(formatShare(accuracyInterval.low), formatShare(accuracyInterval.high))}
      </div>
    </>
  );
}
