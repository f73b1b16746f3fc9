// One classifier being taught: its classes with their photos, the quick lesson, the live answer, the real training.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { Loading } from '../../components/loading.js';
import { ProblemNote } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { useFileIntake } from '../../fileIntake.js';
import { useLoad } from '../../load.js';
import { hrefOf } from '../../router.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { AddClass } from './addClass.js';
import { ClassCard } from './classCard.js';
import { canTrain, useLesson } from './lesson.js';
import { LessonPanel } from './lessonPanel.js';
import { LivePanel } from './livePanel.js';
import { RealTraining } from './realTraining.js';

const texts = strings.teach;

/** Only one part of the view has the camera: a label, or the live answer. */
const live = Symbol('live');

export function Classroom({ name }: { name: string }) {
  const { data, error, reload } = useLoad(
    async (signal) =>
      dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}', { params: { path: { name } }, signal })),
    [name],
  );
  const [named, setNamed] = useState<readonly string[]>([]);
  const [sending, setSending] = useState<ReadonlySet<string>>(new Set());
  const [cameraAt, setCameraAt] = useState<string | typeof live>();
  const [better, setBetter] = useState<number>();
  const classes = data?.classes ?? [];
  const lesson = useLesson(name, data, sending.size > 0);
  // What it is taught from then on is of no version.
  useEffect(() => setBetter(undefined), [data?.images]);
  useFileIntake(useCallback(() => showToast(texts.dropOnClass), []));
  const setBusy = useCallback(
    (label: string, isBusy: boolean) =>
      setSending((before) => new Set(isBusy ? [...before, label] : [...before].filter((other) => other !== label))),
    [],
  );

  if (data === undefined) return error === undefined ? <Loading /> : <ProblemNote error={error} retry={reload} />;
  const labels = [...new Set([...classes.map(({ label }) => label), ...named])];
  const cameraOf = (at: string | typeof live) => ({
    isCameraOpen: cameraAt === at,
    onCamera: (isOpen: boolean) => setCameraAt(isOpen ? at : undefined),
  });
  return (
    <>
      <p class="teach-back">
        <a href={hrefOf('teach')}>{texts.all}</a>
      </p>
      <h1>{texts.classroom(name)}</h1>
      <div class="classroom">
        <section class="stack" aria-label={texts.steps.classes}>
          <h2>{texts.steps.classes}</h2>
          {labels.length === 0 && <p class="muted">{texts.noClasses}</p>}
          {labels.map((label) => (
            <ClassCard
              key={label}
              dataset={name}
              label={label}
              total={classes.find((known) => known.label === label)?.total ?? 0}
              onChange={reload}
              onBusy={setBusy}
              {...cameraOf(label)}
            />
          ))}
          <AddClass labels={labels} onAdd={(label) => setNamed((before) => [...before, label])} />
        </section>
        <div class="stack classroom-side">
          <LessonPanel classes={classes} lesson={lesson} />
          <LivePanel
            model={name}
            answers={lesson.answers}
            version={better}
            lesson={lesson.state === 'learning' ? 0 : data.images}
            {...cameraOf(live)}
          />
          {canTrain(classes) && <RealTraining name={name} photos={data.images} onTrained={setBetter} />}
        </div>
      </div>
    </>
  );
}
