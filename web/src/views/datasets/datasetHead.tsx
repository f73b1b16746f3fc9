// The head of a dataset: what it holds, and what can be done with all of it.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Dialog } from '../../components/dialog.js';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { go, hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { Statistics } from './photos/usePhotoList.js';
import { FileChoices, type DropZoneProps } from './upload/dropZone.js';

const texts = strings.datasets;

interface DatasetHeadProps extends Pick<DropZoneProps, 'onFiles'> {
  readonly statistics: Statistics;
}

export function DatasetHead({ statistics, onFiles }: DatasetHeadProps) {
  const { name, task, images, classes, negatives } = statistics;
  const none = classes.find(({ label }) => label === negatives)?.total ?? 0;
  const [isDeleting, setDeleting] = useState(false);
  return (
    <header class="dataset-head">
      <div>
        <a href={hrefOf('datasets')}>← {texts.back}</a>
        <h1>{name}</h1>
        <span class="muted">
          {texts.photos(images)} · {texts.classes(classes.filter(({ label }) => label !== negatives).length)}
          {task === 'multi-label' && ` · ${texts.multiLabel}`}
          {none > 0 && ` · ${texts.ofNone(none)}`}
        </span>
      </div>
      <div class="row">
        <FileChoices onFiles={onFiles} />
        <button type="button" class="plain danger" onClick={() => setDeleting(true)}>
          {texts.deleteDataset}
        </button>
      </div>
      {isDeleting && <DeleteDialog statistics={statistics} onClose={() => setDeleting(false)} />}
    </header>
  );
}

function DeleteDialog({ statistics: { name, images }, onClose }: { statistics: Statistics; onClose: () => void }) {
  const remove = async (): Promise<void> => {
    try {
      dataOf(await taxon.value.api.DELETE('/v1/admin/datasets/{name}', { params: { path: { name } } }));
      go('datasets');
      showToast(texts.datasetDeleted(name));
    } catch (error) {
      showToast(messageOf(error));
      onClose();
    }
  };
  return (
    <Dialog title={texts.deleteDataset} onClose={onClose}>
      <p>{texts.deleteDatasetSure(name, images)}</p>
      <div class="row">
        <button type="button" autofocus onClick={onClose}>
          {strings.shell.cancel}
        </button>
        <button type="button" class="danger" onClick={() => void remove()}>
          {texts.deleteDataset}
        </button>
      </div>
    </Dialog>
  );
}
