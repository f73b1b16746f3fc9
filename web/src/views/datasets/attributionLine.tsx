// Who made a photo and under which license, as it has to be said wherever the photo is shown.
import type { components } from 'taxon-client';
import { strings } from '../../strings/index.js';

const texts = strings.datasets.attribution;

export type Attribution = components['schemas']['Attribution'];

export function AttributionLine({ attribution }: { readonly attribution: Attribution }) {
  const { title, author, license, licenseUrl, sourceUrl, provider } = attribution;
  return (
    <p class="muted attribution">
      <Linked url={sourceUrl} text={title ?? texts.untitled} />
      {author !== null && ` ${texts.by(author)}`}
      {(license ?? licenseUrl) !== null && (
        <>
          {', '}
          <Linked url={licenseUrl} text={license ?? texts.license} />
        </>
      )}
      {provider !== null && `, ${texts.foundWith(provider)}`}
    </p>
  );
}

/** The server has no URLs but of http and https here. */
const Linked = ({ url, text }: { readonly url: string | null; readonly text: string }) =>
  url === null ? (
    <>{text}</>
  ) : (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
