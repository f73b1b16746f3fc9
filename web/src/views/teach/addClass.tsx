// Names one more class.
import { useRef } from 'preact/hooks';
import { strings } from '../../strings/index.js';

const texts = strings.teach;

export function AddClass({ labels, onAdd }: { labels: readonly string[]; onAdd: (label: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const add = (event: SubmitEvent): void => {
    event.preventDefault();
    const label = input.current!.value.trim();
    if (label !== '' && !labels.includes(label)) onAdd(label);
    input.current!.value = '';
    input.current!.focus();
  };
  return (
    <form class="card row add-class" onSubmit={add}>
      <label>
        {texts.className}
        <input
          ref={input}
          name="label"
          required
          maxLength={100}
          pattern="[^\/\\]+"
          placeholder={texts.classExample}
          autocomplete="off"
        />
      </label>
      <button type="submit">{texts.addClass}</button>
    </form>
  );
}
