// An error in the server's own words.
import { TaxonError } from 'taxon-client';
import { strings } from '../strings/index.js';

/** A sentence for people: the problem's detail where the server gave one. */
export const messageOf = (error: unknown): string => {
  if (error instanceof TaxonError) return error.problem?.detail ?? error.message;
  return error instanceof Error ? error.message : String(error);
};

export function ProblemNote({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="note note-bad" role="alert">
      <strong>{strings.shell.failed}</strong>
      <p>{messageOf(error)}</p>
      {retry && (
        <button type="button" onClick={retry}>
          {strings.shell.again}
        </button>
      )}
    </div>
  );
}
