// A version as a file, for other programs, and its model card, for people.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Dialog } from '../../components/dialog.js';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { ModelVersion } from './classifierPage.js';

const texts = strings.versions;

type Format = keyof typeof texts.formats;

/** What a file of each format is called after its name. */
const endings: Readonly<Record<Format, string>> = {
  taxon: 'taxon',
  onnx: 'onnx',
  tfjs: 'tfjs.zip',
  keras: 'keras',
  h5: 'h5',
};

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function Downloads({ version: { name, version } }: { version: ModelVersion }) {
  const [making, setMaking] = useState<Format>();
  const [card, setCard] = useState<string>();
  const path = { name, version: String(version) };

  const download = async (format: Format): Promise<void> => {
    setMaking(format);
    try {
      const answer = await taxon.value.api.GET('/v1/admin/models/{name}/versions/{version}/export', {
        params: { path, query: { format } },
        parseAs: 'blob',
      });
      save(dataOf(answer), `${name}-${version}.${endings[format]}`);
    } catch (refusal) {
      showToast(messageOf(refusal));
    } finally {
      setMaking(undefined);
    }
  };

  const openCard = async (): Promise<void> => {
    try {
      const answer = await taxon.value.api.GET('/v1/models/{name}/versions/{version}/card', {
        params: { path },
        parseAs: 'text',
      });
      setCard(dataOf(answer));
    } catch (refusal) {
      showToast(messageOf(refusal));
    }
  };

  return (
    <section class="card">
      <h2>{texts.downloadTitle}</h2>
      <p class="muted" role="status">
        {making === undefined ? texts.downloadHelp : texts.making(texts.formats[making])}
      </p>
      <div class="row">
        {(Object.keys(texts.formats) as Format[]).map((format) => (
          <button key={format} type="button" disabled={making !== undefined} onClick={() => void download(format)}>
            {texts.formats[format]}
          </button>
        ))}
        <button type="button" onClick={() => void openCard()}>
          {texts.card}
        </button>
      </div>
      {card !== undefined && (
        <Dialog wide title={texts.card} onClose={() => setCard(undefined)}>
          <pre class="record" tabindex={0}>
            {card}
          </pre>
          <button
            type="button"
            onClick={() => save(new Blob([card], { type: 'text/markdown' }), `${name}-${version}.md`)}
          >
            {texts.saveCard}
          </button>
        </Dialog>
      )}
    </section>
  );
}
