// Picks a classifier and one of its versions.
import { strings } from '../../strings/index.js';
import type { Choice, Model } from './choice.js';

const texts = strings.try;

export interface PickerProps {
  readonly models: readonly Model[];
  readonly choice: Choice;
  readonly onChoice: (choice: Choice) => void;
}

/** In place of two lists that have one entry each, their names. */
export function Picker({ models, choice, onChoice }: PickerProps) {
  const model = models.find(({ name }) => name === choice.model)!;
  if (models.length === 1 && model.versions.length === 1)
    return <p class="muted picker">{texts.only(model.name, model.activeVersion)}</p>;
  return (
    <div class="picker row">
      <label>
        {texts.classifier}
        <select
          value={choice.model}
          onChange={({ currentTarget }) => onChoice({ model: currentTarget.value, version: undefined })}
        >
          {models.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        {texts.version}
        <select
          value={choice.version ?? ''}
          onChange={({ currentTarget }) =>
            onChoice({ model: choice.model, version: currentTarget.value === '' ? undefined : currentTarget.value })
          }
        >
          <option value="">{texts.inService(model.activeVersion)}</option>
          {model.versions.map((version) => (
            <option key={version} value={String(version)}>
              {version}
            </option>
          ))}
          {Object.entries(model.aliases).map(([alias, version]) => (
            <option key={alias} value={alias}>
              {texts.alias(alias, version)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
