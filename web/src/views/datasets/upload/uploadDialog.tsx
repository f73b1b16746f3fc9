// What is about to be uploaded, before it is: the classes that were found, and what the dataset is called.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../../../components/dialog.js';
import { Loading } from '../../../components/loading.js';
import { ProblemNote } from '../../../components/problem.js';
import { strings } from '../../../strings/index.js';
import type { SourceFile } from './sourceFiles.js';
import { startUpload, upload } from './upload.js';
import { classesOf, datasetNameOf, planUpload, suggestName, type UploadPlan } from './uploadPlan.js';

const texts = strings.datasets;

export interface UploadDialogProps {
  readonly files: AsyncGenerator<SourceFile>;
  /** undefined: a new one, which gets a name here. */
  readonly dataset: string | undefined;
  readonly onClose: () => void;
  readonly onStarted: (dataset: string) => void;
}

export function UploadDialog({ files, dataset, onClose, onStarted }: UploadDialogProps) {
  const [plan, setPlan] = useState<UploadPlan>();
  const [found, setFound] = useState(0);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    planUpload(files, setFound).then(setPlan, setError);
  }, [files]);
  return (
    <Dialog title={dataset === undefined ? texts.newDataset : texts.addTo(dataset)} onClose={onClose}>
      {error !== undefined && <ProblemNote error={error} />}
      {plan === undefined && error === undefined && (
        <>
          <Loading />
          <p aria-live="polite">{texts.found(found)}</p>
        </>
      )}
      {plan?.files.length === 0 && <p>{texts.noPhotosFound}</p>}
      {plan !== undefined && plan.files.length > 0 && (
        <UploadForm plan={plan} dataset={dataset} onStarted={onStarted} />
      )}
    </Dialog>
  );
}

type UploadFormProps = Pick<UploadDialogProps, 'dataset' | 'onStarted'> & { readonly plan: UploadPlan };

function UploadForm({ plan, dataset, onStarted }: UploadFormProps) {
  const name = useRef<HTMLInputElement>(null);
  const loose = useRef<HTMLInputElement>(null);
  const classes = classesOf(plan);
  const hasLoose = classes.some(([label]) => label === undefined);
  const isBusy = upload.value?.phase === 'running';
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const target = dataset ?? name.current!.value;
    const label = loose.current?.value.trim() ?? '';
    void startUpload(
      target,
      plan.files.map((file) => ({ ...file, label: file.label ?? label })),
    );
    onStarted(target);
  };
  return (
    <form class="stack" onSubmit={submit}>
      {dataset === undefined && (
        <label>
          {texts.name}
          <input
            ref={name}
            required
            defaultValue={suggestName(plan)}
            pattern="[a-z0-9][a-z0-9._\-]{0,63}"
            title={texts.nameRule}
            onChange={({ currentTarget }) => (currentTarget.value = datasetNameOf(currentTarget.value))}
          />
          <small class="muted">{texts.nameRule}</small>
        </label>
      )}
      {hasLoose && (
        <label>
          {texts.looseLabel}
          <input ref={loose} required defaultValue={texts.unsorted} maxLength={100} pattern="[^\/\\]*" />
        </label>
      )}
      <div>
        <p>{texts.classesFound(classes.length)}</p>
        <ul class="class-counts">
          {classes.map(([label, count]) => (
            <li key={label}>
              <span>{label ?? texts.loose}</span>
              <span class="number muted">{texts.photos(count)}</span>
            </li>
          ))}
        </ul>
        {plan.ignored > 0 && <p class="muted">{texts.ignored(plan.ignored)}</p>}
      </div>
      {isBusy && <p class="note note-warn">{texts.uploadBusy}</p>}
      <button type="submit" class="primary" disabled={isBusy}>
        {texts.upload(plan.files.length)}
      </button>
    </form>
  );
}
