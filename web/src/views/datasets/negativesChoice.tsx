// Whether the photos of a label are of none of the classes.
import { useState } from 'preact/hooks';
import { dataOf } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import type { Statistics } from './photos/usePhotoList.js';

const texts = strings.datasets;

export interface NegativesChoiceProps {
  readonly statistics: Statistics;
  readonly label: string;
  readonly onChanged: () => void;
}

export function NegativesChoice({ statistics: { name, negatives }, label, onChanged }: NegativesChoiceProps) {
  const [isBusy, setBusy] = useState(false);
  const choose = async (isNone: boolean): Promise<void> => {
    setBusy(true);
    try {
      const body = { negatives: isNone ? label : null };
      dataOf(await taxon.value.api.PATCH('/v1/admin/datasets/{name}', { params: { path: { name } }, body }));
      showToast(isNone ? texts.isNone(label) : texts.isClass(label));
      onChanged();
    } catch (error) {
      showToast(messageOf(error));
    }
    setBusy(false);
  };
  return (
    <label title={texts.noneHelp}>
      <input
        type="checkbox"
        checked={label === negatives}
        disabled={isBusy}
        onChange={({ currentTarget: { checked } }) => void choose(checked)}
      />
      {texts.noneOfTheClasses}
    </label>
  );
}
