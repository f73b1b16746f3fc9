// Where a version comes from and what it computes in.
import type { ComponentChildren } from 'preact';
import { formatCount, formatTime } from '../../format.js';
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';

const texts = strings.versions;

interface Images {
  readonly train: number;
  readonly validation: number;
  readonly heldOut: number;
}

export function About({ version }: { version: ModelVersion }) {
  const { backbone, preprocessing, precision, engine, temperature, labels, license, provenance, training } = version;
  const { dataset, trainingId, images, backboneFrom, preset } = provenance as {
    readonly dataset?: string;
    readonly trainingId?: string;
    readonly images?: Images;
    readonly backboneFrom?: string;
    readonly preset?: string;
  };
  return (
    <section class="card">
      <h2>{texts.aboutTitle}</h2>
      <dl class="facts">
        <Fact name={texts.about.dataset}>{dataset}</Fact>
        <Fact name={texts.about.training}>
          {training && training.finishedAt !== null && `${formatTime(training.finishedAt)} · `}
          {training && trainingId !== undefined && <a href={hrefOf('train', trainingId)}>{texts.toTraining}</a>}
        </Fact>
        <Fact name={texts.about.images}>
          {images &&
            texts.imagesOf(formatCount(images.train), formatCount(images.validation), formatCount(images.heldOut))}
        </Fact>
        <Fact name={texts.about.labels}>{labels.join(', ')}</Fact>
        <Fact name={texts.about.backbone}>{backbone.architecture}</Fact>
        <Fact name={texts.about.backboneFrom}>{backboneFrom}</Fact>
        <Fact name={texts.about.preset}>{preset}</Fact>
        <Fact name={texts.about.input}>
          {texts.inputOf(preprocessing.width, preprocessing.height, preprocessing.resize)}
        </Fact>
        <Fact name={texts.about.temperature}>{temperature.toFixed(2)}</Fact>
        <Fact name={texts.about.precision}>
          {precision.name} <span class="muted">({texts.withoutName(precision.name, precision.reason)})</span>
        </Fact>
        <Fact name={texts.about.engine}>
          {engine.engine}, {engine.deviceName}
        </Fact>
        <Fact name={texts.about.license}>{license}</Fact>
      </dl>
      <details>
        <summary>{texts.everything}</summary>
        <pre class="record" tabindex={0}>
          {JSON.stringify(provenance, null, 2)}
        </pre>
      </details>
    </section>
  );
}

/** Left out where nothing is known. */
const Fact = ({ name, children }: { name: string; children: ComponentChildren }) =>
  children === undefined || children === null || children === false ? null : (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
