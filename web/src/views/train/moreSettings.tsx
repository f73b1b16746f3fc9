// Settings for those who know what they want, folded away. Empty: as the preset has it.
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

const NumberField = ({ name }: { name: keyof typeof numberSettings }) => (
  <label>
    {texts.numbers[name].name}
    <input
      type="number"
      name={name}
      {...numberSettings[name]}
      placeholder={texts.asPreset}
      aria-describedby={`train-help-${name}`}
    />
    <span class="help" id={`train-help-${name}`}>
      {texts.numbers[name].help}
    </span>
  </label>
);

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly choices: Readonly<Record<string, string>>;
}

const Choice = ({ name, label, help, choices }: ChoiceProps) => (
  <label>
    {label}
    <select name={name} aria-describedby={`train-help-${name}`}>
      <option value="">{texts.asPreset}</option>
      {Object.entries(choices).map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
    <span class="help" id={`train-help-${name}`}>
      {help}
    </span>
  </label>
);
