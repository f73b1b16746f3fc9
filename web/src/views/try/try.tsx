// Try: one photo, its classes.
import { useState } from 'preact/hooks';
import type { Classification } from 'taxon-client';
import { Bars } from '../../components/bars.js';
import { ProblemNote } from '../../components/problem.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.try;

export default function Try() {
  const [answer, setAnswer] = useState<Classification>();
  const [error, setError] = useState<unknown>();
  const classify = (file: File): void => {
    setError(undefined);
    taxon.value.classify(file, { shrink: true }).then(setAnswer, setError);
  };
  return (
    <>
      <h1>{texts.title}</h1>
      <label class="card">
        {texts.choose} <span class="muted">{texts.drop}</span>
        <input
          type="file"
          accept="image/*"
          onChange={({ currentTarget: { files } }) => files?.[0] && classify(files[0])}
        />
      </label>
      {error !== undefined && <ProblemNote error={error} />}
      {answer && <Bars predictions={answer.predictions} />}
    </>
  );
}
