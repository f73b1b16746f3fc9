// Settings for those who know what they want, folded away. Empty: as the preset has it.
import type { ComponentChildren } from 'preact';
import { strings } from '../../strings/index.js';
import { alterations, numberSettings, usualAlterations } from './settings.js';

const texts = strings.train;

export const MoreSettings = ({ models }: { models: readonly string[] }) => (
  <details class="more">
    <summary>{texts.advanced}</summary>
    <p class="muted">{texts.advancedHelp}</p>
    <div class="settings">
      {(Object.keys(numberSettings) as (keyof typeof numberSettings)[]).map((name) => (
        <NumberField key={name} name={name} />
      ))}
      <Choice
        name="hiddenLayers"
        label={texts.hiddenLayers}
        help={texts.hiddenLayersHelp}
        choices={texts.hiddenLayerChoices}
      />
      <Choice
        name="classWeights"
        label={texts.classWeights}
        help={texts.classWeightsHelp}
        choices={texts.classWeightChoices}
      />
      <Choice name="schedule" label={texts.schedule} help={texts.scheduleHelp} choices={texts.scheduleChoices} />
      <Choice
        name="backbone"
        label={texts.backbone}
        help={texts.backboneHelp}
        choices={Object.fromEntries(models.map((model) => [model, model]))}
      />
    </div>
    <fieldset class="choices">
      <legend>{texts.alterations}</legend>
      {alterations.map((name) => (
        <label key={name}>
          <input type="checkbox" name="alteration" value={name} defaultChecked={usualAlterations.has(name)} />
          {texts.alterationChoices[name]}
        </label>
      ))}
    </fieldset>
  </details>
);

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  /** The control, described by `id`. */
  readonly children: (id: string) => ComponentChildren;
}

function Field({ name, label, help, children }: FieldProps) {
  const id = `train-help-${name}`;
  return (
    <div>
      <label>
        {label}
        {children(id)}
      </label>
      <span class="help" id={id}>
        {help}
      </span>
    </div>
  );
}

const NumberField = ({ name }: { name: keyof typeof numberSettings }) => (
  <Field name={name} label={texts.numbers[name].name} help={texts.numbers[name].help}>
    {(id) => (
      <input type="number" name={name} {...numberSettings[name]} placeholder={texts.asPreset} aria-describedby={id} />
    )}
  </Field>
);

interface ChoiceProps extends Omit<FieldProps, 'children'> {
  readonly choices: Readonly<Record<string, string>>;
}

const Choice = ({ choices, ...field }: ChoiceProps) => (
  <Field {...field}>
    {(id) => (
      <select name={field.name} aria-describedby={id}>
        <option value="">{texts.asPreset}</option>
        {Object.entries(choices).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Field>
);
